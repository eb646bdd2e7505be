import type { LogLine, Operation, OperationRecord, OperationRequest, StepRecord } from './operation.ts';

/** Runs operations durably. Embedded now; DBOS on PostgreSQL fits the same port. Knows no machine. */
export interface Engine {
  /** Records the operation and begins it as soon as its queue allows. `conflict` (naming the other) when its entity is busy. */
  start<I, O>(operation: Operation<I, O>, request: OperationRequest<I>): Promise<OperationRecord>;
  /** Resolves when the operation has ended, with its record. */
  wait(id: string, signal?: AbortSignal): Promise<OperationRecord>;
  /** Asks it to end: the current effect settles, then what was made is kept or destroyed. */
  cancel(id: string, then: 'keep' | 'destroy'): Promise<OperationRecord>;
  /** Runs a failed or cancelled operation on from the step that stopped it. */
  retry(id: string): Promise<OperationRecord>;
  /** Takes up every unfinished operation of an earlier process. Called once, before `start`. */
  resume(): Promise<number>;
  /** Begins nothing new, lets steps at work settle, and stops; unfinished operations resume at the next start. */
  close(): Promise<void>;
  /** Unfinished operations in this process. */
  active(): number;
}

/** The journal an engine writes. A write that resolved is on disk. */
export interface Journal {
  /** Inserts; `conflict` when an unfinished operation holds the same entity; returns the present one when the id is known. */
  create(record: OperationRecord): Promise<OperationRecord>;
  get(id: string): Promise<OperationRecord | null>;
  update(id: string, patch: Partial<OperationRecord>): Promise<OperationRecord>;
  unfinished(): Promise<OperationRecord[]>;
  children(parent: string): Promise<OperationRecord[]>;
  steps(operation: string): Promise<StepRecord[]>;
  saveStep(step: StepRecord): Promise<void>;
  appendLog(lines: readonly Omit<LogLine, 'seq'>[]): Promise<void>;
}

/** What an engine tells the world: the controller turns it into events. */
export interface EngineListener {
  operation(record: OperationRecord): void;
  step(operation: OperationRecord, step: StepRecord): void;
  log(line: Omit<LogLine, 'seq'>): void;
}

/** How much runs at once, by queue name. */
export type QueueLimits = (queue: string) => number;
