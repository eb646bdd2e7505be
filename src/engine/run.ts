import { SalternError } from '../core/error.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { Clock } from '../lib/clock.ts';
import { createSlot, type Queues, type Slot } from './queues.ts';

/** One operation at work in this process. */
export interface Run {
  /** As the journal has it. */
  record: OperationRecord;
  /** Aborted by a cancel alone: a step's work hears of it. */
  readonly cancel: AbortController;
  /** Aborted by a cancel, by `close` and by a lost journal: ends what merely waits, never an effect. */
  readonly pause: AbortController;
  /** Its place in its queue. */
  readonly slot: Slot;
  /** Why this process goes no further with it. The journal keeps it unfinished, and `resume` takes it up. */
  stopped: SalternError | null;
  /** Changes of the record are made one after the other. */
  changes: Promise<unknown>;
}

export function createRun(record: OperationRecord, queues: Queues): Run {
  const pause = new AbortController();
  const run: Run = {
    record,
    cancel: new AbortController(),
    pause,
    slot: createSlot(queues, record.queue, pause.signal),
    stopped: null,
    changes: Promise.resolve(),
  };
  if (record.status === 'cancelling') abortForCancel(run);
  return run;
}

export function abortForCancel(run: Run): void {
  const reason = cancelError(run.record);
  run.cancel.abort(reason);
  run.pause.abort(reason);
}

export function cancelError({ name, cancel }: OperationRecord): SalternError {
  return new SalternError(
    'cancelled',
    `${name} was cancelled; what it made is ${cancel === 'destroy' ? 'destroyed' : 'kept'}`,
  );
}

/** Marks the run as no longer at work in this process, for the first of the reasons given; returns that. */
export function stop(run: Run, reason: SalternError): SalternError {
  run.stopped ??= reason;
  run.pause.abort(run.stopped);
  return run.stopped;
}

/** Throws when the operation was cancelled or this process must not go on with it. */
export function assertGoing(run: Run): void {
  if (run.stopped) throw run.stopped;
  run.cancel.signal.throwIfAborted();
  if (run.pause.signal.aborted) throw stop(run, run.pause.signal.reason);
}

/** Sleeps as part of a step; cut short as `assertGoing` says. */
export async function rest(run: Run, clock: Clock, ms: number): Promise<void> {
  await clock.sleep(ms, run.pause.signal).catch(() => {});
  assertGoing(run);
}

/** Waits for something that is no effect of ours; cut short as `assertGoing` says. */
export async function waitFor<T>(run: Run, promise: Promise<T>): Promise<T> {
  const { signal } = run.pause;
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([promise, cut]);
  } catch (thrown) {
    assertGoing(run);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
