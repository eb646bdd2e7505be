import { SalternError, toSalternError } from '../core/error.ts';
import type { OperationRecord, Step, StepContext, Wait } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';

/** The part of `Step` that sequences shared by several operations are written in. */
export type Steps = Pick<Step, 'run' | 'until'>;

/** A step's name that is new for each retry a person asked for: what it does is done again each time. */
export function eachTry(operation: Pick<OperationRecord, 'attempt'>, name: string): string {
  return operation.attempt === 1 ? name : `${name} (retry ${operation.attempt - 1})`;
}

/** The same steps under other names, so that a sequence can be gone through again within one operation. */
export function named(step: Steps, prefix: string): Steps {
  if (prefix === '') return step;
  return {
    run: (name, work) => step.run(`${prefix}${name}`, work),
    until: (name, look, wait) => step.until(`${prefix}${name}`, look, wait),
  };
}

/** Steps that are not journaled, for `settle`: what they do converges, so doing it again after a crash is the same. */
export function unrecorded(ports: Ports, key: string): Steps {
  const context: StepContext = {
    signal: new AbortController().signal,
    key,
    progress: () => {},
    log: () => {},
  };
  const until = async <T>(name: string, look: (context: StepContext) => Promise<T | null>, wait: Wait): Promise<T> => {
    const deadline = ports.clock.now() + wait.timeoutMs;
    for (;;) {
      const found = await look(context).catch((thrown: unknown) => {
        const error = toSalternError(thrown);
        if (!error.retryable) throw error;
        return null;
      });
      if (found !== null) return found;
      if (ports.clock.now() > deadline) throw new SalternError('timeout', `${name}: not within the time allowed`);
      await ports.clock.sleep(wait.everyMs);
    }
  };
  const patient: Wait = { timeoutMs: 120_000, everyMs: 1000 };
  return {
    until,
    run: async (name, work) => (await until(name, async (c) => ({ value: await work(c) }), patient)).value,
  };
}
