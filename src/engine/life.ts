import { type SalternError, toRecord, toSalternError } from '../core/error.ts';
import { type OperationRecord, UNFINISHED } from '../core/operation.ts';
import type { EngineDeps } from './deps.ts';
import type { StartChild } from './each.ts';
import { plain } from './plain.ts';
import type { Queues } from './queues.ts';
import type { Recorder } from './recorder.ts';
import { parseInput, type Registry } from './registry.ts';
import { assertGoing, cancelError, type Run, stop } from './run.ts';
import { Runner } from './runner.ts';

/** What one run needs of its engine. */
export interface Surroundings {
  readonly deps: EngineDeps;
  readonly recorder: Recorder;
  readonly registry: Registry;
  readonly queues: Queues;
  /** Aborted by `close`. */
  readonly closing: AbortSignal;
  childrenOf(run: Run): StartChild;
  /** Cancels the children that are unfinished, as their parent was cancelled, and waits for their ends. */
  endChildren(run: Run): Promise<void>;
}

type Result = { readonly output: unknown } | { readonly error: SalternError };

const SETTLE_TRIES = 5;
const SETTLE_PAUSE_MS = 500;

/**
 * Carries an operation from its queue to its end. Never rejects: afterwards the record is at an end, or `run.stopped`
 * says why this process leaves it.
 *
 * The end is written last, after `settle`. A crash before that finds the operation unfinished, its steps give what they
 * gave (a failed one its recorded error), and so it comes to the same end and settles again.
 */
export async function live(around: Surroundings, run: Run): Promise<void> {
  try {
    const result = await attempt(around, run);
    await finish(around, run, result);
  } catch (thrown) {
    const { message } = stop(run, toSalternError(thrown));
    if (!around.closing.aborted) note(around, run, `left unfinished: ${message}`);
  } finally {
    run.slot.leave();
  }
}

/** Runs the operation's code. Throws only when this process must leave it. */
async function attempt(around: Surroundings, run: Run): Promise<Result> {
  const { deps, recorder, registry } = around;
  let runner: Runner | null = null;
  try {
    assertGoing(run);
    await run.slot.take().catch((thrown) => {
      assertGoing(run);
      throw thrown;
    });
    await recorder.change(run, ({ status, startedAt }) =>
      status === 'queued' ? { status: 'running', startedAt: startedAt ?? deps.clock.now() } : null,
    );
    const operation = registry.of(run.record);
    const input = parseInput(operation, run.record.input);
    const recorded = await recorder.insist(run, 'reading the steps', () => deps.journal.steps(run.record.id));
    runner = new Runner({ deps, recorder, children: around.childrenOf(run) }, run, recorded);
    const output = plain(await operation.run(runner, deps.ports, input), `what ${operation.name} gave`);
    await runner.end();
    if (run.stopped) throw run.stopped;
    return { output };
  } catch (thrown) {
    await runner?.end();
    if (run.stopped) throw run.stopped;
    return { error: toSalternError(thrown) };
  }
}

/** Settles and writes the end. A cancel that comes while a failure settles makes it settle anew, as cancelled. */
async function finish(around: Surroundings, run: Run, result: Result): Promise<void> {
  const { deps, recorder } = around;
  for (let ended = false; !ended; ) {
    const { status } = run.record;
    if (status === 'cancelling') await around.endChildren(run);
    const end = { ...ending(run, result), endedAt: deps.clock.now() };
    if (end.status !== 'succeeded') await settle(around, { ...run.record, ...end }, run);
    ended = await recorder.change(run, (record) => (record.status === status ? end : null));
  }
}

/** Once a cancel was promised it stands, even when the last step got done all the same. */
function ending(run: Run, result: Result): Pick<OperationRecord, 'status' | 'output' | 'error'> {
  if (run.record.status === 'cancelling') {
    return { status: 'cancelled', output: null, error: toRecord(cancelError(run.record)) };
  }
  if ('error' in result) return { status: 'failed', output: null, error: toRecord(result.error) };
  return { status: 'succeeded', output: result.output, error: null };
}

/** The operation's own `settle`, with the record as it is about to be. What fails for good is logged: the end must come. */
async function settle(around: Surroundings, record: OperationRecord, run: Run): Promise<void> {
  const { deps, registry, closing } = around;
  for (let tries = 1; tries <= SETTLE_TRIES; tries += 1) {
    if (closing.aborted && tries > 1) throw stop(run, closing.reason);
    try {
      const operation = registry.has(record) ? registry.of(record) : registry.newest(record.name);
      return await operation?.settle?.(deps.ports, parseInput(operation, record.input), record);
    } catch (thrown) {
      note(around, run, `settling failed (${tries} of ${SETTLE_TRIES}): ${toSalternError(thrown).message}`);
    }
    await deps.clock.sleep(SETTLE_PAUSE_MS * 2 ** (tries - 1), closing).catch(() => {});
  }
}

/** What went wrong outside the steps: to the controller's log and to the operation's. */
function note({ deps, recorder }: Surroundings, { record }: Run, text: string): void {
  const { id: operation, name } = record;
  deps.log.error({ operation, name }, `engine: ${text}`);
  recorder.log({ operation, step: '', at: deps.clock.now(), stream: 'note', text });
}

export function isUnfinished({ status }: Pick<OperationRecord, 'status'>): boolean {
  return UNFINISHED.includes(status);
}
