import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Arch, CatalogQuery, Image, ImageQuery, Location, Price, Size } from './catalog.ts';
import type { Instance, InstanceRequest, InstanceSpec } from './instance.ts';
import type { ResourceKind, ResourceRef } from './resource.ts';
import type { Schema } from './schema.ts';

/** Facts about a backend as data; no code asks a driver what it is called. */
export interface DriverFeatures {
  /** User data reaches the machine before its first boot. */
  readonly userData: boolean;
  /** User data can be erased once it has been used. */
  readonly erasesUserData: boolean;
  readonly arch: readonly Arch[];
  readonly ipv6Only: boolean;
  /**
   * Machines are there before us: they are enrolled and forgotten, never made or destroyed. There is no list on the other
   * side to compare with: the ledger is the only one.
   */
  readonly existing: boolean;
}

/** How much of the backend may be asked at once, unless the provider's configuration says otherwise. */
export interface DriverLimits {
  /** Operations at work on the provider at the same time. */
  readonly concurrency: number;
  /** Requests per second, and how many may go at once before that rate holds. */
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface DriverModule<Config, Options> {
  readonly name: string;
  readonly features: DriverFeatures;
  readonly limits: DriverLimits;
  /** A provider's settings. Unknown keys are errors. */
  readonly Config: Schema<Config>;
  /** Names of the settings in `Config` that are secrets, kept encrypted and never shown. */
  readonly secrets: readonly string[];
  /** A profile's settings for this backend only. Unknown keys are errors. */
  readonly Options: Schema<Options>;
  open(config: Config, deps: DriverDeps): Driver<Options>;
}

export interface DriverDeps {
  readonly fetch: typeof fetch;
  readonly log: Log;
  readonly clock: Clock;
}

/** The account and endpoint that credentials lead to: recorded once, compared ever after. */
export interface AccountFacts {
  readonly endpoint: string;
  readonly account: string;
  readonly project: string | null;
  /** For people: "project default of organization Example". */
  readonly description: string;
}

/** A request with every name turned into the backend's own id, and what it will cost. */
export interface ResolvedRequest {
  readonly image: Image;
  readonly size: Size;
  readonly location: string;
  /** What was chosen because the request left it open, one sentence each. */
  readonly notes: readonly string[];
}

/** Speaks to one backend. Never waits, tries again, bootstraps, writes our store or fires events. */
export interface Driver<Options = unknown> {
  /** Credentials and reach; changes nothing. */
  check(signal?: AbortSignal): Promise<AccountFacts>;
  images(query: ImageQuery, signal?: AbortSignal): AsyncIterable<Image>;
  sizes(query: CatalogQuery, signal?: AbortSignal): AsyncIterable<Size>;
  locations(signal?: AbortSignal): AsyncIterable<Location>;
  /** Image and size by people's names, matched by architecture and stock. Fails before anything is bought. */
  resolve(request: InstanceRequest, options: Options, signal?: AbortSignal): Promise<ResolvedRequest>;
  price?(resolved: ResolvedRequest, options: Options): Promise<Price | null>;
  /** The main kind: what a machine is made of. */
  readonly instance: ResourceKind<InstanceSpec<Options>, Instance>;
  /** Kinds that `Instance.parts` name, by kind name. */
  readonly partKinds: Readonly<Record<string, ResourceKind<never>>>;
  /** Every instance the account shows, ours or not (for import). Page by page to the end. */
  instances(query: CatalogQuery, signal?: AbortSignal): AsyncIterable<Instance>;
  readonly power?: PowerControl;
  readonly userData?: UserDataControl;
  readonly tagging?: TagControl;
  readonly resizing?: ResizeControl;
  readonly sshKeys?: SshKeyControl;
}

/** Each begins the change and returns; the caller looks. Already there is success. */
export interface PowerControl {
  start(ref: ResourceRef, signal?: AbortSignal): Promise<void>;
  stop(ref: ResourceRef, signal?: AbortSignal): Promise<void>;
  reboot(ref: ResourceRef, signal?: AbortSignal): Promise<void>;
}

export interface UserDataControl {
  /** Takes the user data away, so that readers of the account cannot read it. Gone already is success. */
  erase(ref: ResourceRef, signal?: AbortSignal): Promise<void>;
}

export interface TagControl {
  /** Marks an instance that others made as ours, keeping its own tags (import), or takes the mark away (forget). */
  mark(
    nativeId: string,
    location: string,
    owner: Required<ResourceRef['owner']> | null,
    signal?: AbortSignal,
  ): Promise<Instance>;
  /** Puts tags on beside those that are there. */
  add(nativeId: string, location: string, tags: readonly string[], signal?: AbortSignal): Promise<Instance>;
}

export interface ResizeControl {
  /** Gives a stopped instance another size. Begins the change and returns; it has that size already is success. */
  resize(ref: ResourceRef, size: string, signal?: AbortSignal): Promise<void>;
}

export interface SshKeyControl {
  list(signal?: AbortSignal): AsyncIterable<{ readonly id: string; readonly name: string; readonly publicKey: string }>;
  ensure(name: string, publicKey: string, signal?: AbortSignal): Promise<void>;
  destroy(name: string, signal?: AbortSignal): Promise<void>;
}
