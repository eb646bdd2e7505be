import type { Journal } from '../core/engine.ts';
import type { OperationRecord, StepRecord } from '../core/operation.ts';
import { evidenceAgain } from './act.ts';
import { childId } from './child-id.ts';

/**
 * Makes the steps of an ended operation ready to run on: the one that stopped it is reset, and so are those that came
 * after it, for they dealt with its failure. What was done before it keeps, and so do earlier failures: the operation had
 * gone on from them. Returns the ids of the children, begun by a reset step, that did not succeed: to be retried too.
 */
export async function resetForRetry(journal: Journal, record: OperationRecord, now: number): Promise<string[]> {
  const steps = (await journal.steps(record.id)).toSorted((a, b) => b.seq - a.seq);
  const last = stopper(steps, record)?.seq ?? Number.POSITIVE_INFINITY;
  const reset = steps.filter(({ seq, status }) => status === 'running' || seq >= last);
  // From the last to the first: a crash in between leaves the failure in place, and the retry can be asked for again.
  for (const step of reset) await journal.saveStep(renewed(step, now));
  const eachSteps = reset.filter(({ kind }) => kind === 'each');
  if (eachSteps.length === 0) return [];
  const children = await journal.children(record.id);
  const theirs = new Set(eachSteps.flatMap(({ seq }) => children.map((_, index) => childId(record.id, seq, index))));
  return children
    .filter(({ id, status }) => theirs.has(id) && (status === 'failed' || status === 'cancelled'))
    .map(({ id }) => id);
}

/** The step that the operation ended by: the one whose error it has, or the last one with children that failed. */
function stopper(latestFirst: readonly StepRecord[], { error }: OperationRecord): StepRecord | undefined {
  const failed = latestFirst.filter(({ status }) => status === 'failed');
  return failed.find((step) => step.error?.message === error?.message) ?? failed[0] ?? latestFirst.find(isPartial);
}

function isPartial({ kind, output }: StepRecord): boolean {
  return kind === 'each' && Array.isArray(output) && output.some((outcome) => !outcome.ok);
}

function renewed(step: StepRecord, now: number): StepRecord {
  const { operation, seq, name, kind } = step;
  const evidence = evidenceAgain(step);
  const cleared = { attempts: 0, output: null, error: null, progress: null, endedAt: null };
  return { operation, seq, name, kind, status: 'running', evidence, startedAt: now, ...cleared };
}
