import type { SalternError } from './error.ts';

/** Who a resource belongs to: the installation that made it and the ledger row it is known by. Written on the backend as a tag. */
export interface OwnerTag {
  /** The installation's id, made once when its store is made. */
  readonly installation: string;
  /** The ledger row's id. Left out to mean "everything of this installation". */
  readonly resource?: string;
}

/** How a resource is looked for. */
export interface ResourceRef {
  readonly owner: Required<OwnerTag>;
  /** Deterministic, so that a backend without tags can find it by name. */
  readonly name: string;
  /** The backend's region or zone. Absent means the provider's default. */
  readonly location?: string;
  /** A hint from the ledger; the tag rules where they differ. */
  readonly nativeId?: string;
  /** True when an earlier `ensure` may have taken effect: look before creating. False saves the look. */
  readonly attempted: boolean;
  /**
   * `ensure` calls this as soon as the backend has named what it made, before it goes on to the parts, so that the ledger
   * knows it even when a later call fails.
   */
  readonly onCreated?: (nativeId: string, location: string) => Promise<void>;
}

/**
 * One kind of thing that a backend makes for us. Observe, create or find again, return: same ref, same resource.
 * None of the four verbs waits or tries again.
 */
export interface ResourceKind<Spec, Seen extends SeenResource = SeenResource> {
  readonly kind: string;
  /** How it is known as ours on the backend. */
  readonly marker: 'tag' | 'name' | 'user-data' | 'job';
  /** How long (ms) after an ambiguous answer it may still appear. */
  readonly settleMs: number;
  /** By native id where known, else by our tag. Absence is null, and is only said after the backend answered for that very thing. */
  find(ref: ResourceRef, signal?: AbortSignal): Promise<Seen | null>;
  /** Makes it, or finds it again, and brings its parts (tags, user data, power) to the spec. Safe to repeat. */
  ensure(spec: Spec, ref: ResourceRef, signal?: AbortSignal): Promise<Seen>;
  /** Begins its end; gone already is success. The caller looks until `find` says null. */
  destroy(ref: ResourceRef, signal?: AbortSignal): Promise<void>;
  /** Everything of the owner, page by page to the end, in all locations that the provider is set to. */
  list(owner: OwnerTag, signal?: AbortSignal): AsyncIterable<Seen>;
}

/** What every observed resource tells. */
export interface SeenResource {
  readonly nativeId: string;
  readonly name: string;
  readonly location: string;
  /** The tag found on it, or null when it is not ours. */
  readonly owner: OwnerTag | null;
  /** Parts that came with it and can cost money by themselves (volumes, addresses). */
  readonly parts?: readonly ResourcePart[];
}

/** A thing that exists because another does: its own row in the ledger. */
export interface ResourcePart {
  /** The name of the kind that can find and destroy it (a key of `Driver.partKinds`). */
  readonly kind: string;
  readonly nativeId: string;
  readonly location: string;
}

/**
 * Something that happens once and is not undone by destroying (a reboot, a script). Evidence is recorded before the start,
 * so that after a crash `look` can tell whether it happened.
 */
export interface Action<Spec, Evidence> {
  /** What is true before the start; null when it cannot be seen. */
  precondition(spec: Spec, signal: AbortSignal): Promise<Evidence | null>;
  start(spec: Spec, signal: AbortSignal): Promise<void>;
  look(spec: Spec, before: Evidence | null, signal: AbortSignal): Promise<ActionLook>;
}

export type ActionLook = 'done' | 'running' | 'not started' | 'unknown';

/** Life of a ledger row. `gone` rows are watched for 24 h, then forgotten. */
export const RESOURCE_STATUSES = ['wanted', 'attempted', 'exists', 'destroying', 'gone'] as const;
export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];

export const RESOURCE_TRANSITIONS = {
  wanted: ['attempted', 'gone'],
  attempted: ['wanted', 'exists', 'destroying', 'gone'],
  exists: ['destroying', 'gone'],
  destroying: ['exists', 'gone'],
  gone: ['exists'],
} as const satisfies Record<ResourceStatus, readonly ResourceStatus[]>;

/** A row of the ledger: one thing that can cost money or must be cleaned up. */
export interface Resource {
  readonly id: string;
  readonly provider: string;
  readonly machine: string | null;
  /** The row it came with, when it is a part. */
  readonly parent: string | null;
  readonly kind: string;
  readonly name: string;
  readonly location: string | null;
  readonly status: ResourceStatus;
  readonly nativeId: string | null;
  /** When the last attempt to make it began, in ms. */
  readonly attemptedAt: number | null;
  readonly existsAt: number | null;
  readonly goneAt: number | null;
}

/** True when after this error the thing may exist all the same, so that it must be looked for before it is made again. */
export function mayHaveHappened(error: SalternError): boolean {
  return error.ambiguous || error.code === 'internal' || error.code === 'cancelled';
}
