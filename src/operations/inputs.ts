import type { Price } from '../core/catalog.ts';
import type { AccountFacts } from '../core/driver.ts';
import type { Machine, MachineVerb } from '../core/machine.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { FirstLogin } from '../core/profile.ts';
import type { FleetMap, ProfileInput, ProviderInput, SshInput } from '../core/wanted.ts';

/** What a person may ask of machines that exist. */
export type ChangeVerb = Exclude<MachineVerb, 'retry'>;

export interface ChangeRequest {
  readonly verb: ChangeVerb;
  readonly machines: readonly string[];
  readonly actor: Actor;
  /** A person said that imported machines may be destroyed too. */
  readonly imported?: boolean;
  /** Enrolled machines are dropped from the inventory alone: nothing on them is put back. */
  readonly abandon?: boolean;
}

export interface ImportRequest {
  readonly provider: string;
  /** Names or native ids of instances. */
  readonly names: readonly string[];
  /** What the one machine is called here; its instance's name without. */
  readonly as?: string;
  readonly profile?: string;
  readonly dryRun: boolean;
  readonly actor: Actor;
}

/** Takes over what bears the names of a map's machines, each in its profile's provider. */
export interface MapImportRequest {
  readonly map: FleetMap;
  readonly only?: readonly string[];
  /** Fingerprints of the minion keys that a Salt master accepted, by machine name. */
  readonly agentKeys?: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  readonly actor: Actor;
}

export interface ImportAnswer {
  /** Null when nothing was begun. */
  readonly operation: OperationRecord | null;
  readonly preview: readonly ImportPreview[];
}

export const IMPORT_ACTIONS = ['import', 'managed', 'conflict', 'ambiguous', 'not_found'] as const;

/** What an import would do with one instance; of several that bear one name, each has its own. */
export interface ImportPreview {
  /** What it is, or would be, called here. */
  readonly name: string;
  readonly provider: string;
  readonly nativeId: string | null;
  readonly location: string | null;
  readonly action: (typeof IMPORT_ACTIONS)[number];
  readonly reason: string | null;
  /** A Salt master accepted a minion key of this name: it is compared with the machine's own. */
  readonly agentKey: boolean;
}

export interface RecoverRequest {
  /** Names or ids; all without. */
  readonly providers?: readonly string[];
  /** The installation that made what is looked for; without it the only one found. */
  readonly installation?: string;
  /** How the machines are reached: the SSH settings of this profile. */
  readonly profile?: string;
  readonly dryRun: boolean;
  readonly actor: Actor;
}

export interface RecoverAnswer {
  /** Null when nothing was begun. */
  readonly operation: OperationRecord | null;
  /** Every installation whose tags were seen, with how many instances bear them. */
  readonly installations: readonly { readonly id: string; readonly instances: number; readonly ours: boolean }[];
  /** Whose machines these are; null while a person must choose. */
  readonly installation: string | null;
  readonly machines: readonly RecoveredMachine[];
}

export interface RecoveredMachine {
  readonly name: string;
  readonly provider: string;
  readonly nativeId: string;
  readonly location: string;
  readonly action: 'recover' | 'known' | 'conflict';
  readonly reason: string | null;
}

export interface ProviderRequest {
  readonly provider: string;
  readonly actor: Actor;
}

export interface ReconcileRequest extends ProviderRequest {
  /** Destroy orphans, not only show them. */
  readonly fix: boolean;
  /** A person said that many machines really are gone. */
  readonly confirmVanished: boolean;
}

/** Saved all together or not at all. */
export interface SaveRequest {
  readonly providers: readonly ProviderInput[];
  readonly profiles: readonly ProfileInput[];
  readonly actor: Actor;
}

export interface Saved {
  readonly kind: 'provider' | 'profile';
  readonly name: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/** What creating would do and cost; nothing is changed by making it. */
export interface MachinePlan {
  readonly profile: string;
  readonly provider: {
    readonly name: string;
    readonly endpoint: string;
    readonly account: string;
    readonly project: string | null;
  };
  /** Null, as size and location, where machines exist before us: nothing is chosen there. */
  readonly image: { readonly id: string; readonly name: string } | null;
  readonly size: string | null;
  readonly location: string | null;
  /** For one machine. */
  readonly price: Price | null;
  readonly notes: readonly string[];
  readonly machines: readonly PlannedMachine[];
}

export const PLAN_ACTIONS = ['create', 'enrol', 'exists', 'conflict'] as const;

export interface PlannedMachine {
  readonly name: string;
  readonly action: (typeof PLAN_ACTIONS)[number];
  readonly reason: string | null;
}

/** What a person allows beside what harms nothing. */
export const ALLOWANCES = ['prune', 'replace', 'redeploy', 'imported'] as const;
export type Allowance = (typeof ALLOWANCES)[number];

export interface MapRequest {
  readonly map: FleetMap;
  /** Only these machines of the map; all without. */
  readonly only?: readonly string[];
  readonly allow: readonly Allowance[];
  readonly actor: Actor;
}

/** What applying a map would do. Making it changes nothing. */
export interface MapPlan {
  readonly map: string;
  readonly providers: readonly PlannedProvider[];
  readonly actions: readonly PlannedAction[];
  /** What the map's machines cost now and afterwards, by currency. */
  readonly costs: readonly {
    readonly currency: string;
    readonly now: { readonly hourly: number; readonly monthly: number };
    readonly after: { readonly hourly: number; readonly monthly: number };
  }[];
  /** True unless every action is `keep`. */
  readonly changes: boolean;
}

export interface PlannedProvider {
  readonly name: string;
  readonly driver: string;
  /** `unknown` when what it says cannot be believed now: nothing is made or ended there. */
  readonly status: 'ok' | 'unknown';
  readonly reason: string | null;
  readonly scope: AccountFacts | null;
}

export const MAP_ACTIONS = ['create', 'enrol', 'keep', 'change', 'replace', 'destroy', 'unknown', 'not ours'] as const;
export type MapAction = (typeof MAP_ACTIONS)[number];

export interface PlannedAction {
  readonly name: string;
  readonly action: MapAction;
  /** Without these it is shown and not done. `unprotect` is asked of the machine, the rest are flags. */
  readonly needs: readonly (Allowance | 'unprotect' | 'import')[];
  /** One sentence for a person. */
  readonly reason: string;
  readonly provider: string;
  readonly profile: string | null;
  /** The machine's id, when it is in the inventory. */
  readonly machine: string | null;
  readonly nativeId: string | null;
  /** More than one when several instances bear the name. */
  readonly nativeIds: readonly string[];
  readonly location: string | null;
  readonly image: string | null;
  readonly size: string | null;
  /** Of the instance as it was seen: an action is only done while it still looks so. */
  readonly fingerprint: string | null;
  readonly changes: readonly Drift[];
  /** Of this machine as it will be, or as it is when it stays. */
  readonly price: Price | null;
  readonly requires: readonly string[];
  readonly origin: string | null;
}

export interface Drift {
  readonly what: 'size' | 'image' | 'tags' | 'power' | 'deploy' | 'protection' | 'status';
  readonly from: string | null;
  readonly to: string | null;
  readonly needs: Allowance | null;
}

/** What was shown to the person who said yes: an action that would now be another one fails alone with `conflict`. */
export type ExpectedAction = Pick<PlannedAction, 'name' | 'action' | 'nativeId' | 'fingerprint'>;

export interface ApplyRequest extends MapRequest {
  readonly expect?: readonly ExpectedAction[];
}

/** What a map wants and applying does not do, with the reason: not allowed, not ours, not known, not as it was shown. */
export interface LeftAction {
  readonly name: string;
  readonly action: MapAction;
  readonly reason: string;
}

export interface Applied {
  readonly operation: OperationRecord;
  /** Those that something is done about. */
  readonly machines: readonly Machine[];
  readonly left: readonly LeftAction[];
}

export interface ProtectRequest {
  readonly machines: readonly string[];
  readonly protected: boolean;
  readonly actor: Actor;
}

/** A box that is there, and how to get in the first time. */
export interface EnrolledMachine {
  readonly name: string;
  readonly host: string;
  /** The profile's, or 22. */
  readonly port?: number;
  /** Tried in order; the profile's, or root. */
  readonly users?: readonly string[];
  /** `ssh-ed25519 AAAA…`; without it the first key seen is pinned. */
  readonly hostKey?: string;
  readonly jump?: SshInput['jump'];
  readonly login?: FirstLogin;
}

export interface EnrolRequest {
  /** The only one for machines that exist, unless said. */
  readonly provider?: string;
  readonly profile?: string;
  readonly machines: readonly EnrolledMachine[];
  /** For each machine that has none of its own. */
  readonly login?: FirstLogin;
  /** How long (ms) SSH is waited for. */
  readonly timeoutMs?: number;
  readonly dryRun: boolean;
  readonly actor: Actor;
}

export const ENROL_ACTIONS = ['enrol', 'again', 'managed', 'conflict'] as const;

export interface EnrolPreview {
  readonly name: string;
  readonly provider: string;
  /** `host:port` */
  readonly nativeId: string;
  readonly users: readonly string[];
  readonly hostKey: 'given' | 'first-contact';
  /** What is tried after our own key. */
  readonly login: readonly ('key' | 'password')[];
  /** What people call the deploy steps. */
  readonly deploy: readonly string[];
  /** `again`: an earlier try never got in. `managed`: enrolled already. */
  readonly action: (typeof ENROL_ACTIONS)[number];
  readonly reason: string | null;
}

export interface EnrolAnswer {
  /** Null when nothing was begun. */
  readonly operation: OperationRecord | null;
  readonly machines: readonly Machine[];
  readonly preview: readonly EnrolPreview[];
}
