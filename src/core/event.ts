import type { Actor } from './operation.ts';

/** Append-only: one source for streams, `--watch`, audit and history. Holds no secret. */
export interface SalternEvent {
  /** Strictly increasing; what Last-Event-ID carries. */
  readonly id: number;
  readonly at: number;
  readonly actor: Actor;
  /** `machine.status`, `operation.step`, `provider.checked` … */
  readonly type: string;
  /** `machine/01J…`, or null when it is about the controller. */
  readonly entity: string | null;
  readonly operation: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export type NewEvent = Omit<SalternEvent, 'id' | 'at'>;
