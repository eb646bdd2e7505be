import { fromRecord, SalternError, toRecord } from '../core/error.ts';
import type { Child, Operation, OperationRecord, Step, StepContext, StepRecord, Wait } from '../core/operation.ts';
import type { Action } from '../core/resource.ts';
import { act } from './act.ts';
import type { EngineDeps } from './deps.ts';
import { each, type StartChild } from './each.ts';
import { plain } from './plain.ts';
import type { Recorder } from './recorder.ts';
import { retrying } from './retry.ts';
import { assertGoing, type Run } from './run.ts';
import { createStepAtWork, type StepAtWork } from './step-at-work.ts';
import { until } from './until.ts';

export interface RunnerDeps {
  readonly deps: EngineDeps;
  readonly recorder: Recorder;
  readonly children: StartChild;
}

/** The `Step` port of one run. Steps that earlier processes recorded as ended give what they gave then. */
export class Runner implements Step {
  readonly #deps: RunnerDeps;
  readonly #run: Run;
  readonly #known: ReadonlyMap<string, StepRecord>;
  readonly #used = new Set<string>();
  #lastSeq: number;
  #atWork: Promise<unknown> | null = null;
  #over = false;

  constructor(deps: RunnerDeps, run: Run, recorded: readonly StepRecord[]) {
    this.#deps = deps;
    this.#run = run;
    this.#known = new Map(recorded.map((step) => [step.name, step]));
    this.#lastSeq = Math.max(0, ...recorded.map((step) => step.seq));
  }

  get operation(): OperationRecord {
    return this.#run.record;
  }

  run<T>(name: string, work: (context: StepContext) => Promise<T>): Promise<T> {
    return this.#perform(name, 'run', (at) => retrying(at, () => at.effect(() => work(at.context))));
  }

  until<T>(name: string, look: (context: StepContext) => Promise<T | null>, wait: Wait): Promise<T> {
    const looking = (at: StepAtWork) => at.effect(() => look(at.context));
    return this.#perform<T>(name, 'until', (at) => until(at, () => looking(at), wait, at.record.startedAt));
  }

  async act<S, E>(name: string, action: Action<S, E>, spec: S, wait: Wait): Promise<void> {
    await this.#perform(name, 'act', (at) => act(at, action, spec, wait));
  }

  each<I, O>(name: string, operation: Operation<I, O>, children: readonly Child<I>[]) {
    return this.#perform(name, 'each', (at) => each(at, this.#deps.children, operation, children));
  }

  /** The operation's code has ended: no step begins any more. Resolves when none is at work, awaited by that code or not. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#atWork;
  }

  async #perform<T>(name: string, kind: StepRecord['kind'], work: (at: StepAtWork) => Promise<T>): Promise<T> {
    assertGoing(this.#run);
    const record = this.#claim(name, kind);
    if (record.status === 'failed' && record.error) throw fromRecord(record.error);
    // The journal was given exactly such a value when the step was done.
    if (record.status === 'done') return record.output as T;
    const { deps, recorder } = this.#deps;
    const performing = this.#bringToEnd(createStepAtWork(deps, recorder, this.#run, record), work);
    this.#atWork = performing.catch(() => {});
    try {
      return await performing;
    } finally {
      this.#atWork = null;
    }
  }

  /** The step of that name as it was recorded, or a new one. */
  #claim(name: string, kind: StepRecord['kind']): StepRecord {
    const where = `step "${name}" of ${this.operation.name}`;
    if (this.#over) throw defect(`${where} began after the operation had ended; a step was not awaited`);
    if (this.#atWork) throw defect(`${where} began while another was at work; parallel work is child operations`);
    if (this.#used.has(name)) throw defect(`${where} has a name that was used before in this operation`);
    this.#used.add(name);
    const known = this.#known.get(name);
    if (!known) {
      this.#lastSeq += 1;
      return newStep(this.operation.id, this.#lastSeq, name, kind, this.#deps.deps.clock.now());
    }
    if (known.kind === kind) return known;
    throw defect(`${where} is recorded as ${known.kind} and is now ${kind}; the operation's version must be raised`);
  }

  async #bringToEnd<T>(at: StepAtWork, work: (at: StepAtWork) => Promise<T>): Promise<T> {
    await at.save({ status: 'running', attempts: at.record.attempts + 1 });
    const ended = await settled(async () => plain(await work(at), `what step "${at.record.name}" gave`));
    if ('error' in ended) {
      if (this.#run.stopped) throw this.#run.stopped;
      const error = at.toError(ended.error);
      await at.save({ status: 'failed', error: toRecord(error), endedAt: at.clock.now() });
      this.#run.cancel.signal.throwIfAborted();
      throw error;
    }
    await at.point('effect');
    await at.save({ status: 'done', output: ended.value, error: null, progress: null, endedAt: at.clock.now() });
    await at.point('after');
    return ended.value;
  }
}

function newStep(
  operation: string,
  seq: number,
  name: string,
  kind: StepRecord['kind'],
  startedAt: number,
): StepRecord {
  const nothingYet = { attempts: 0, output: null, evidence: null, error: null, progress: null, endedAt: null };
  return { operation, seq, name, kind, status: 'running', startedAt, ...nothingYet };
}

async function settled<T>(work: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function defect(message: string): SalternError {
  return new SalternError('internal', message, { hint: 'This is a defect: please report it with the log.' });
}
