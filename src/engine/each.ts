import { toRecord, toSalternError } from '../core/error.ts';
import type { Child, Operation, OperationRecord, OperationRequest, Outcome } from '../core/operation.ts';
import { childId } from './child-id.ts';
import { assertGoing, waitFor } from './run.ts';
import type { StepAtWork } from './step-at-work.ts';

/** Starts a child, or takes the one with that id up where it is, on behalf of the parent at work. */
export interface StartChild {
  start<I, O>(operation: Operation<I, O>, request: OperationRequest<I>): Promise<OperationRecord>;
  wait(id: string): Promise<OperationRecord>;
}

/**
 * One child per input. Their ids follow from the parent, so that a resumed parent finds the children that it began, ended
 * or not, and begins the rest. A child that cannot begin (its entity is busy, its input does not fit) is an outcome too.
 */
export async function each<I, O>(
  at: StepAtWork,
  engine: StartChild,
  operation: Operation<I, O>,
  children: readonly Child<I>[],
): Promise<Outcome<O>[]> {
  const { run, record, context } = at;
  let ended = 0;
  const begin = async ({ input, entity, queue }: Child<I>, id: string) => {
    try {
      const { actor, id: parent } = run.record;
      await engine.start(operation, { id, input, entity, queue, parent, actor });
      return null;
    } catch (thrown) {
      assertGoing(run);
      return toRecord(toSalternError(thrown));
    }
  };
  const end = async (id: string): Promise<Outcome<O>> => {
    const child = await engine.wait(id);
    ended += 1;
    context.progress(`${ended} of ${children.length} ended`);
    return outcome(child);
  };
  const outcomes: Promise<Outcome<O>>[] = [];
  await at.effect(async () => {
    for (const [index, child] of children.entries()) {
      assertGoing(run);
      const id = childId(run.record.id, record.seq, index);
      const error = await begin(child, id);
      const ending = error ? Promise.resolve<Outcome<O>>({ operation: id, ok: false, error }) : end(id);
      ending.catch(() => {});
      outcomes.push(ending);
    }
  });
  return waitFor(run, Promise.all(outcomes));
}

function outcome<O>({ id, status, output, error, name }: OperationRecord): Outcome<O> {
  // What a succeeded operation's record holds is what its `run` returned.
  if (status === 'succeeded') return { operation: id, ok: true, output: output as O };
  return { operation: id, ok: false, error: error ?? { code: 'internal', message: `${name} ended ${status}` } };
}
