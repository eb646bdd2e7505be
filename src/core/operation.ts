import type { ErrorRecord } from './error.ts';
import type { Ports } from './ports.ts';
import type { Action } from './resource.ts';
import type { Schema } from './schema.ts';
import type { Transitions } from './status.ts';

export const OPERATION_STATUSES = ['queued', 'running', 'cancelling', 'cancelled', 'succeeded', 'failed'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export const OPERATION_TRANSITIONS = {
  queued: ['running', 'cancelling', 'cancelled', 'failed'],
  running: ['queued', 'cancelling', 'succeeded', 'failed', 'cancelled'],
  cancelling: ['cancelled', 'succeeded', 'failed'],
  cancelled: ['queued'],
  failed: ['queued'],
  succeeded: [],
} as const satisfies Transitions<OperationStatus>;

export const UNFINISHED: readonly OperationStatus[] = ['queued', 'running', 'cancelling'];

/** Who asked: a person at the socket, a token, or the controller itself. */
export interface Actor {
  readonly kind: 'socket' | 'token' | 'controller';
  readonly name: string;
}

/** A durable unit of controller work, as kept in the journal. */
export interface OperationRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** 1, and one more for each retry that a person asked for. */
  readonly attempt: number;
  readonly input: unknown;
  readonly output: unknown;
  readonly status: OperationStatus;
  /** What only one operation at a time may work on, e.g. `machine/01J…`. Null for none. */
  readonly entity: string | null;
  /** What is counted against a concurrency limit, e.g. `provider/01J…`. Null for none. */
  readonly queue: string | null;
  readonly parent: string | null;
  readonly actor: Actor;
  readonly error: ErrorRecord | null;
  /** Set once a cancel was asked for: what becomes of what was made. */
  readonly cancel: 'keep' | 'destroy' | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export type StepStatus = 'running' | 'done' | 'failed';

/** A recorded part of an operation. `output` holds references to secrets, never their values. */
export interface StepRecord {
  readonly operation: string;
  /** Order of the first start, from 1. */
  readonly seq: number;
  readonly name: string;
  readonly kind: 'run' | 'until' | 'act' | 'each';
  readonly status: StepStatus;
  readonly attempts: number;
  readonly output: unknown;
  /** For `act`: what was true before the start. */
  readonly evidence: unknown;
  readonly error: ErrorRecord | null;
  /** What it waits for now, for people. */
  readonly progress: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface LogLine {
  readonly seq: number;
  readonly operation: string;
  readonly step: string;
  readonly at: number;
  readonly stream: 'stdout' | 'stderr' | 'note';
  readonly text: string;
}

/** How patiently `until` looks. All in ms. */
export interface Wait {
  readonly timeoutMs: number;
  readonly everyMs: number;
  /** Grows by half each look up to this; without it the interval stays. */
  readonly maxEveryMs?: number;
  /** Said when the deadline passes: what to do next. */
  readonly hint?: string;
  /**
   * After a first look in vain the operation gives back its place in its queue, and takes another one before it goes on: for
   * what others of the queue bring about, which must not wait for it.
   */
  readonly aside?: boolean;
}

/** How a child of `each` ended. Partial failure is a value. */
export type Outcome<O = unknown> =
  | { readonly operation: string; readonly ok: true; readonly output: O }
  | { readonly operation: string; readonly ok: false; readonly error: ErrorRecord };

/** What a step may tell while it works. */
export interface StepContext {
  readonly signal: AbortSignal;
  /** A line for people, shown while the step runs ("ssh refused, try 3"). Not a journal write. */
  progress(text: string): void;
  /** A line into the operation's log. */
  log(stream: LogLine['stream'], text: string): void;
  /** This step's key, the same after a crash, another after a person's retry: `<operation>/<seq>/<attempt of the operation>`. */
  readonly key: string;
}

/**
 * What an operation does its work through. One step at a time; a name is used once in an operation. A finished step is not
 * run again after a crash: its recorded output is returned. A step that was cut short runs again, so its work converges.
 */
export interface Step {
  readonly operation: OperationRecord;
  /** Recorded once done. Errors that pass are tried again with back-off. */
  run<T>(name: string, work: (context: StepContext) => Promise<T>): Promise<T>;
  /** Looks until the answer is not null. Errors that pass count as "not yet". `timeout` when the deadline passes. */
  until<T>(name: string, look: (context: StepContext) => Promise<T | null>, wait: Wait): Promise<T>;
  /** An action: evidence before, start once, look until done. Returns at once when it was done before a crash. */
  act<S, E>(name: string, action: Action<S, E>, spec: S, wait: Wait): Promise<void>;
  /** One child operation per input, in parallel under its queue's limit. Never throws for a child's failure. */
  each<I, O>(name: string, operation: Operation<I, O>, children: readonly Child<I>[]): Promise<Outcome<O>[]>;
}

export interface Child<I> {
  readonly input: I;
  readonly entity: string | null;
  readonly queue: string | null;
}

/** One verb of the controller. `run` is deterministic but for what its steps return. */
export interface Operation<Input, Output> {
  readonly name: string;
  /** Raised when the order or meaning of its steps changes. Old journals are finished by the code they began with. */
  readonly version: number;
  readonly Input: Schema<Input>;
  run(step: Step, ports: Ports, input: Input): Promise<Output>;
  /** Runs once when the operation fails or is cancelled for good: marks the entity. Converges; may be repeated. */
  settle?(ports: Ports, input: Input, operation: OperationRecord): Promise<void>;
}

/** How an operation is asked for. */
export interface OperationRequest<I> {
  readonly input: I;
  readonly actor: Actor;
  readonly entity: string | null;
  readonly queue: string | null;
  readonly parent?: string;
  /** Chosen by the caller so that asking twice is asking once. */
  readonly id?: string;
}
