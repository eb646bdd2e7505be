import type { EngineListener, Journal, QueueLimits } from '../core/engine.ts';
import type { Operation } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { CrashHook } from './crash-points.ts';

/** An operation whose input only its own `Input` knows. */
export type AnyOperation = Operation<unknown, unknown>;

export interface EngineDeps {
  readonly journal: Journal;
  readonly ports: Ports;
  /** Every operation that may be asked for or found in the journal; several versions of a name may stand side by side. */
  readonly operations: readonly AnyOperation[];
  readonly limits: QueueLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: EngineListener;
  /** For crash tests only. */
  readonly crashPoint?: CrashHook;
}
