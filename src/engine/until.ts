import { SalternError } from '../core/error.ts';
import type { Wait } from '../core/operation.ts';
import { formatDuration } from '../lib/duration.ts';
import { rest } from './run.ts';
import type { StepAtWork } from './step-at-work.ts';
import { watchSuspension } from './suspension.ts';

const GROWTH = 1.5;

/** Looks past the deadline that may fail, before the last of them counts as an answer. */
const BLIND_LOOKS = 3;

/**
 * Looks until the answer is not null, until the deadline `since + wait.timeoutMs`. It gives up only by a look that began
 * past the deadline, so that a controller that was down does not give up on what is there; and when that look could not see
 * (the network of a laptop just woken), by the third. Time in which the process was suspended does not count.
 */
export async function until<T>(
  at: StepAtWork,
  look: () => Promise<T | null>,
  wait: Wait,
  since: number,
): Promise<NonNullable<T>> {
  const { clock, run } = at;
  const suspension = watchSuspension(clock);
  let aside = false;
  const left = () => since + wait.timeoutMs + suspension.lost() - clock.now();
  let everyMs = wait.everyMs;
  try {
    for (let late = 0; ; ) {
      if (left() <= 0) late += 1;
      const seen = await tryLook(at, look);
      if (seen.value !== null) return seen.value;
      if (late >= (seen.error ? BLIND_LOOKS : 1)) throw timeout(at, wait, seen.error);
      if (wait.aside && !aside) run.slot.leave();
      aside ||= wait.aside ?? false;
      const pause = Math.max(everyMs, seen.error?.retryAfterMs ?? 0);
      await rest(run, clock, late > 0 ? pause : Math.max(0, Math.min(left(), pause)));
      everyMs = Math.min(wait.maxEveryMs ?? everyMs, everyMs * GROWTH);
    }
  } finally {
    suspension.stop();
    // Refused only when the run is paused or cancelled: that ends it before its next step.
    if (aside) await run.slot.take().catch(() => {});
  }
}

interface Seen<T> {
  readonly value: NonNullable<T> | null;
  readonly error: SalternError | null;
}

/** An error that may pass is a "not yet". */
async function tryLook<T>(at: StepAtWork, look: () => Promise<T | null>): Promise<Seen<T>> {
  try {
    return { value: (await look()) ?? null, error: null };
  } catch (thrown) {
    const error = at.toError(thrown);
    if (!error.retryable) throw error;
    at.context.progress(`${error.code}: ${error.message}`);
    return { value: null, error };
  }
}

function timeout(at: StepAtWork, wait: Wait, cause: SalternError | null): SalternError {
  const last = at.record.progress ?? 'nothing yet';
  const waited = formatDuration(wait.timeoutMs);
  return new SalternError('timeout', `${at.record.name}: not within ${waited}; last seen: ${last}`, {
    hint: wait.hint,
    retry: false,
    ...(cause && { cause, requestId: cause.requestId }),
  });
}
