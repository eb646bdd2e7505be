import { SalternError, toSalternError } from '../core/error.ts';
import type { OperationRecord, StepRecord } from '../core/operation.ts';
import { OPERATION_TRANSITIONS } from '../core/operation.ts';
import { assertTransition } from '../core/status.ts';
import type { EngineDeps } from './deps.ts';
import { createLogBuffer, type NewLine } from './log-buffer.ts';
import { type Run, stop } from './run.ts';

/** How long a journal that fails (disk full, database locked) is tried, and the pauses between, in ms. */
const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;
const LEAST_TRIES = 3;

/** All that operations at work write, and what the listener is told of it. Nothing passes once it is shut. */
export interface Recorder {
  /** Journal access that outlasts a short failure. When it stays away the run is stopped, never carried on as if recorded. */
  insist<T>(run: Run, what: string, access: () => Promise<T>): Promise<T>;
  /** Writes what `decide` makes of the present record; null from it writes nothing. Tells whether it wrote. */
  change(run: Run, decide: (record: OperationRecord) => Partial<OperationRecord> | null): Promise<boolean>;
  /** Writes the step's log lines, then the step. */
  saveStep(run: Run, step: StepRecord): Promise<void>;
  log(line: NewLine): void;
  /** Tells the listener; not a write. */
  tellStep(run: Run, step: StepRecord): void;
  tellOperation(record: OperationRecord): void;
  flush(): Promise<void>;
  /** From here on every access is refused with this error. */
  shut(reason: SalternError): void;
}

export function createRecorder({ journal, clock, log, listener }: EngineDeps): Recorder {
  let shut: SalternError | null = null;
  const buffer = createLogBuffer(
    async (lines) => (shut ? undefined : journal.appendLog(lines)),
    clock,
    (thrown) => log.warn({ error: toSalternError(thrown).message }, 'journal: log lines not written yet'),
  );

  function tell(call: () => void): void {
    if (shut) return;
    try {
      call();
    } catch (thrown) {
      log.error({ error: toSalternError(thrown).message }, 'engine: the listener failed');
    }
  }

  async function insist<T>(run: Run, what: string, access: () => Promise<T>): Promise<T> {
    const operation = run.record.id;
    const first = clock.now();
    for (let tries = 1; ; tries += 1) {
      if (shut) throw stop(run, shut);
      try {
        return await access();
      } catch (thrown) {
        const error = toSalternError(thrown);
        if (isAnswer(error)) throw error;
        const lost = tries >= LEAST_TRIES && clock.now() - first >= PATIENCE_MS;
        log.error({ operation, tries, error: error.message }, `journal: ${what} failed${lost ? '' : ', trying again'}`);
        if (lost) throw stop(run, journalLost(run, what, error));
      }
      await clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }

  async function apply(
    run: Run,
    decide: (record: OperationRecord) => Partial<OperationRecord> | null,
  ): Promise<boolean> {
    const patch = decide(run.record);
    if (patch === null) return false;
    const { id, name, status } = run.record;
    assertTransition(OPERATION_TRANSITIONS, `${name} ${id}`, status, patch.status ?? status);
    run.record = await insist(run, 'saving the operation', () => journal.update(id, patch));
    tell(() => listener.operation(run.record));
    return true;
  }

  return {
    insist,
    change(run, decide) {
      const changed = run.changes.then(() => apply(run, decide));
      run.changes = changed.catch(() => {});
      return changed;
    },
    async saveStep(run, step) {
      await insist(run, `saving the log of step "${step.name}"`, () => buffer.flush());
      await insist(run, `saving step "${step.name}"`, () => journal.saveStep(step));
      tell(() => listener.step(run.record, step));
    },
    log(line) {
      if (shut) return;
      buffer.add(line);
      tell(() => listener.log(line));
    },
    tellStep: (run, step) => tell(() => listener.step(run.record, step)),
    tellOperation: (record) => tell(() => listener.operation(record)),
    flush: () => buffer.flush(),
    shut(reason) {
      shut = reason;
    },
  };
}

/** The journal spoke: asking again gives the same. All else is a journal that cannot be reached. */
function isAnswer(error: SalternError): boolean {
  return !error.retryable && (error.code === 'conflict' || error.code === 'not_found' || error.code === 'invalid');
}

function journalLost(run: Run, what: string, cause: SalternError): SalternError {
  return new SalternError('unavailable', `${run.record.name} stopped: ${what} failed (${cause.message})`, {
    hint: 'Make room on the disk of the data directory, then restart the controller: the operation resumes.',
    retry: false,
    cause,
  });
}
