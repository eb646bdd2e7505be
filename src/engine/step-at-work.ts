import { SalternError, toSalternError } from '../core/error.ts';
import type { StepContext, StepRecord } from '../core/operation.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from './crash-points.ts';
import type { EngineDeps } from './deps.ts';
import type { Recorder } from './recorder.ts';
import type { Run } from './run.ts';

/** A step that is recorded as running: what `run`, `until`, `act` and `each` do their work with. */
export interface StepAtWork {
  readonly run: Run;
  readonly clock: Clock;
  readonly context: StepContext;
  readonly record: StepRecord;
  save(patch: Partial<StepRecord>): Promise<void>;
  /** Notes another try, without a write. */
  again(): void;
  /** Does an effect, passing the crash points on either side of its beginning. */
  effect<T>(work: () => Promise<T>): Promise<T>;
  point(point: CrashPoint): void | Promise<void>;
  /** What was thrown as one of ours; a work that gave up because of the cancel ended by the cancel. */
  toError(thrown: unknown): SalternError;
}

export function createStepAtWork(deps: EngineDeps, recorder: Recorder, run: Run, first: StepRecord): StepAtWork {
  let record = first;
  const { name, seq, operation } = record;
  const point = (at: CrashPoint) => deps.crashPoint?.(run.record.name, name, at);
  const context: StepContext = {
    signal: run.cancel.signal,
    key: `${operation}/${seq}/${run.record.attempt}`,
    progress(text) {
      if (record.endedAt !== null || record.progress === text) return;
      record = { ...record, progress: text };
      recorder.tellStep(run, record);
    },
    log: (stream, text) => recorder.log({ operation, step: name, at: deps.clock.now(), stream, text }),
  };
  return {
    run,
    clock: deps.clock,
    context,
    point,
    get record() {
      return record;
    },
    async save(patch) {
      record = { ...record, ...patch };
      await recorder.saveStep(run, record);
    },
    again() {
      record = { ...record, attempts: record.attempts + 1 };
    },
    async effect(work) {
      await point('before');
      const begun = (async () => work())();
      if (deps.crashPoint) {
        begun.catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
        await point('during');
      }
      return begun;
    },
    toError(thrown) {
      const gaveUp = run.cancel.signal.aborted && !(thrown instanceof SalternError);
      return gaveUp ? run.cancel.signal.reason : toSalternError(thrown);
    },
  };
}
