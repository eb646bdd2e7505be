import type { ErrorCode, SalternError } from '../core/error.ts';
import { formatDuration } from '../lib/duration.ts';
import { rest } from './run.ts';
import type { StepAtWork } from './step-at-work.ts';

/** How patiently an error that may pass is tried again. Times in ms. */
interface Patience {
  readonly tries: number;
  readonly firstMs: number;
  readonly capMs: number;
  /** No further try once so much time has passed; but `LEAST_TRIES` are made in any case (a laptop may have slept). */
  readonly withinMs: number;
}

const USUAL: Patience = { tries: 8, firstMs: 500, capMs: 15_000, withinMs: 180_000 };
const LEAST_TRIES = 3;

/** The codes that are treated otherwise. A `forbidden` is only tried again where the driver knows that it may pass. */
const PATIENCE: Partial<Record<ErrorCode, Patience>> = {
  rate_limited: { ...USUAL, tries: 20, withinMs: 600_000 },
  forbidden: { ...USUAL, tries: 3 },
};

export interface NextTry {
  readonly delayMs: number;
  /** How many tries there are in all. */
  readonly of: number;
}

/**
 * When to try again after `tries` tries in `elapsedMs`; null when it is not worth it. Exponential, with half of each delay
 * left to chance so that many operations do not come back at once; a backend that said how long to wait is given that.
 */
export function nextTry(error: SalternError, tries: number, elapsedMs: number, random = Math.random): NextTry | null {
  if (!error.retryable) return null;
  const { tries: of, firstMs, capMs, withinMs } = PATIENCE[error.code] ?? USUAL;
  if (tries >= of || (tries >= LEAST_TRIES && elapsedMs >= withinMs)) return null;
  const full = Math.min(capMs, firstMs * 2 ** (tries - 1));
  const delayMs = full * (0.5 + random() / 2);
  const asked = Math.min(error.retryAfterMs ?? 0, withinMs);
  return { delayMs: Math.round(asked > 0 ? asked + delayMs * 0.2 : delayMs), of };
}

/** Does the work, again and again while its errors may pass. */
export async function retrying<T>(at: StepAtWork, work: () => Promise<T>): Promise<T> {
  const { clock, run, context } = at;
  const first = clock.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = at.toError(thrown);
      const next = run.cancel.signal.aborted ? null : nextTry(error, tries, clock.now() - first);
      if (!next) throw error;
      context.progress(`${error.code}, trying again in ${formatDuration(next.delayMs)} (${tries + 1} of ${next.of})`);
      await rest(run, clock, next.delayMs);
      at.again();
    }
  }
}
