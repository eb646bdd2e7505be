import { SalternError } from '../core/error.ts';
import type { StepRecord, Wait } from '../core/operation.ts';
import { type Action, type ActionLook, mayHaveHappened } from '../core/resource.ts';
import { retrying } from './retry.ts';
import type { StepAtWork } from './step-at-work.ts';
import { until } from './until.ts';

/** What an `act` step keeps: that it got as far as its start, and what was true before. */
interface Recorded<E> {
  readonly before: E | null;
  /** A person asked to run the operation on: what ended badly before is begun anew. */
  readonly again?: true;
}

/** The evidence of a step that a person runs again. */
export function evidenceAgain(step: StepRecord): unknown {
  return step.kind === 'act' && isRecorded(step.evidence) ? { ...step.evidence, again: true } : null;
}

/** Evidence, start once, look until done. With evidence of an earlier start, a look comes before all else. */
export async function act<S, E>(at: StepAtWork, action: Action<S, E>, spec: S, wait: Wait): Promise<null> {
  const { clock, context } = at;
  const recorded = isRecorded<E>(at.record.evidence) ? at.record.evidence : null;
  let since = at.record.startedAt;
  let seen: ActionLook = 'not started';
  if (recorded) seen = await lookBack(at, action, spec, recorded, wait);
  if (seen === 'unknown') throw cannotTell(at);
  if (seen === 'done') return null;
  let before: E | null = recorded?.before ?? null;
  if (seen === 'not started') {
    before = await retrying(at, () => action.precondition(spec, context.signal));
    await at.save({ evidence: { before } satisfies Recorded<E> });
    await start(at, action, spec, before, wait);
    since = clock.now();
  }
  const look = async () => {
    const now = await action.look(spec, before, context.signal);
    if (now !== 'done') context.progress(now);
    return now === 'done' ? true : null;
  };
  await until(at, look, wait, since);
  return null;
}

/** What an earlier start led to, as far as it can be seen. */
async function lookBack<S, E>(
  at: StepAtWork,
  action: Action<S, E>,
  spec: S,
  { before, again }: Recorded<E>,
  wait: Wait,
): Promise<ActionLook> {
  try {
    const seen = await until(at, () => action.look(spec, before, at.context.signal), wait, at.clock.now());
    return again && seen === 'unknown' ? 'not started' : seen;
  } catch (thrown) {
    const error = at.toError(thrown);
    if (!again || error.code === 'timeout' || error.code === 'cancelled') throw error;
    return 'not started';
  }
}

/** Starts it once. After an answer that leaves it open, only a look that says "not started" allows another start. */
function start<S, E>(at: StepAtWork, action: Action<S, E>, spec: S, before: E | null, wait: Wait): Promise<void> {
  const { clock, run, context } = at;
  return retrying(at, async () => {
    try {
      await at.effect(() => action.start(spec, context.signal));
    } catch (thrown) {
      const error = at.toError(thrown);
      if (run.cancel.signal.aborted || !mayHaveHappened(error)) throw error;
      const seen = await until(at, () => action.look(spec, before, context.signal), wait, clock.now());
      if (seen === 'unknown') throw cannotTell(at, error);
      if (seen === 'not started') throw error;
    }
  });
}

function cannotTell(at: StepAtWork, cause?: SalternError): SalternError {
  const { name } = at.record;
  return new SalternError('conflict', `cannot tell whether "${name}" happened`, {
    hint: `Look whether it did. \`saltern operation retry ${at.run.record.id}\` does it again.`,
    cause,
  });
}

function isRecorded<E>(evidence: unknown): evidence is Recorded<E> {
  return typeof evidence === 'object' && evidence !== null && 'before' in evidence;
}
