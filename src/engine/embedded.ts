import type { Engine } from '../core/engine.ts';
import { SalternError, toSalternError } from '../core/error.ts';
import type { Operation, OperationRecord, OperationRequest } from '../core/operation.ts';
import { newId } from '../lib/ids.ts';
import { resetForRetry } from './again.ts';
import type { EngineDeps } from './deps.ts';
import type { StartChild } from './each.ts';
import { isUnfinished, live, type Surroundings } from './life.ts';
import { plain } from './plain.ts';
import { createQueues } from './queues.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createRegistry, parseInput, type Registry } from './registry.ts';
import { abortForCancel, createRun, type Run, stop } from './run.ts';

/** How long `close` waits for the steps at work, in ms. */
const DRAIN_MS = 10_000;

/** The embedded engine: operations run in this process, from a journal that no other process writes. */
export function createEngine(deps: EngineDeps): Engine {
  return new EmbeddedEngine(deps);
}

interface AtWork {
  readonly run: Run;
  /** Resolves when the run has ended or was left. */
  readonly left: Promise<void>;
}

class EmbeddedEngine implements Engine {
  readonly #deps: EngineDeps;
  readonly #recorder: Recorder;
  readonly #registry: Registry;
  readonly #around: Surroundings;
  readonly #atWork = new Map<string, AtWork>();
  /** Starts and retries under way by id, so that two at once are one. */
  readonly #beginning = new Map<string, Promise<OperationRecord>>();
  readonly #closing = new AbortController();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#recorder = createRecorder(deps);
    this.#registry = createRegistry(deps.operations);
    this.#around = {
      deps,
      recorder: this.#recorder,
      registry: this.#registry,
      queues: createQueues(deps.limits),
      closing: this.#closing.signal,
      childrenOf: (run) => this.#childrenOf(run),
      endChildren: (run) => this.#endChildren(run),
    };
  }

  start<I, O>(operation: Operation<I, O>, request: OperationRequest<I>): Promise<OperationRecord> {
    return this.#start(operation, request, (create) => create());
  }

  async wait(id: string, signal?: AbortSignal): Promise<OperationRecord> {
    const record = this.#atWork.has(id) ? null : await this.#find(id);
    if (record && !isUnfinished(record)) return record;
    const atWork = this.#atWork.get(id);
    if (!atWork) throw notAtWork(id);
    await untilAborted(atWork.left, signal);
    if (atWork.run.stopped) throw atWork.run.stopped;
    return atWork.run.record;
  }

  async cancel(id: string, then: 'keep' | 'destroy'): Promise<OperationRecord> {
    this.#closing.signal.throwIfAborted();
    const atWork = this.#atWork.get(id) ?? (await this.#takeUp(id));
    if (!atWork) throw conflict(await this.#find(id), 'cancelled');
    const { run } = atWork;
    let waiting = false;
    await this.#recorder.change(run, (record) => {
      if (!isUnfinished(record) || (record.cancel !== null && record.cancel !== then))
        throw conflict(record, 'cancelled');
      waiting = record.status === 'queued';
      return record.cancel === null ? { status: 'cancelling', cancel: then } : null;
    });
    abortForCancel(run);
    return waiting ? this.wait(id) : run.record;
  }

  async retry(id: string): Promise<OperationRecord> {
    this.#closing.signal.throwIfAborted();
    return this.#once(id, () => this.#retry(id));
  }

  async #retry(id: string): Promise<OperationRecord> {
    const { journal, clock, log } = this.#deps;
    const record = await this.#find(id);
    if (this.#atWork.has(id) || record.status === 'succeeded') throw conflict(record, 'retried');
    if (isUnfinished(record)) return this.#launch(record).run.record;
    const queued = await journal.update(id, { ...NOT_BEGUN, startedAt: record.startedAt, attempt: record.attempt + 1 });
    for (const child of await resetForRetry(journal, record, clock.now())) {
      await this.retry(child).catch((thrown) =>
        log.warn({ operation: child, error: toSalternError(thrown).message }, NOT_AGAIN),
      );
    }
    this.#recorder.tellOperation(queued);
    return this.#launch(queued).run.record;
  }

  async resume(): Promise<number> {
    const records = await this.#deps.journal.unfinished();
    const waiting = (record: OperationRecord) => (record.status === 'queued' ? 1 : 0);
    records.sort((a, b) => waiting(a) - waiting(b) || (a.id < b.id ? -1 : 1));
    for (const record of records) this.#launch(record);
    return records.length;
  }

  async close(): Promise<void> {
    const reason = new SalternError('unavailable', 'the controller is stopping', {
      hint: 'Unfinished operations resume when it runs again.',
    });
    this.#closing.abort(reason);
    const left = [...this.#atWork.values()].map((atWork) => {
      atWork.run.pause.abort(reason);
      return atWork.left;
    });
    const { clock, log } = this.#deps;
    const late = new AbortController();
    const tooLong = clock.sleep(DRAIN_MS, late.signal).then(
      () => log.warn({ active: this.active() }, 'engine: closed while steps were at work; they run again on resume'),
      () => {},
    );
    const drained = Promise.all(left).then(() => this.#recorder.flush());
    await Promise.race([
      drained.catch((thrown) => log.error({ error: toSalternError(thrown).message }, LINES_LOST)),
      tooLong,
    ]);
    late.abort();
    this.#recorder.shut(reason);
  }

  active(): number {
    return this.#atWork.size;
  }

  /** `access` does the journal access: at once for a caller, with patience on behalf of a parent. */
  async #start<I, O>(
    operation: Operation<I, O>,
    request: OperationRequest<I>,
    access: <T>(call: () => Promise<T>) => Promise<T>,
  ): Promise<OperationRecord> {
    this.#closing.signal.throwIfAborted();
    const { name, version } = operation;
    if (!this.#registry.has(operation)) throw new SalternError('internal', `${name} ${version} is not registered`);
    parseInput(operation, request.input);
    const { entity, queue, actor, parent = null } = request;
    const createdAt = this.#deps.clock.now();
    const id = request.id ?? newId(createdAt);
    const input = plain(request.input, `${name}'s input`);
    return this.#once(id, async () => {
      const record = await access(async () => {
        const present = request.id === undefined ? null : await this.#deps.journal.get(id);
        if (present) return present;
        const asked = { id, name, version, input, entity, queue, parent, actor, createdAt, attempt: 1 };
        const created = await this.#deps.journal.create({ ...asked, ...NOT_BEGUN });
        this.#recorder.tellOperation(created);
        return created;
      });
      return isUnfinished(record) ? this.#launch(record).run.record : record;
    });
  }

  async #once(id: string, begin: () => Promise<OperationRecord>): Promise<OperationRecord> {
    const under = this.#beginning.get(id);
    if (under) return under;
    const beginning = begin().finally(() => this.#beginning.delete(id));
    this.#beginning.set(id, beginning);
    return beginning;
  }

  #launch(record: OperationRecord): AtWork {
    const present = this.#atWork.get(record.id);
    if (present) return present;
    const run = createRun(record, this.#around.queues);
    if (this.#closing.signal.aborted) run.pause.abort(this.#closing.signal.reason);
    const left = live(this.#around, run).finally(() => this.#atWork.delete(record.id));
    const atWork = { run, left };
    this.#atWork.set(record.id, atWork);
    return atWork;
  }

  /** An unfinished operation that this process does not have at work (its journal was lost for a while), at work again. */
  async #takeUp(id: string): Promise<AtWork | null> {
    const record = await this.#find(id);
    return isUnfinished(record) ? this.#launch(record) : null;
  }

  async #find(id: string): Promise<OperationRecord> {
    const record = await this.#deps.journal.get(id);
    if (record) return record;
    throw new SalternError('not_found', `there is no operation ${id}`, { hint: 'See `saltern operation list`.' });
  }

  #childrenOf(parent: Run): StartChild {
    return {
      start: (operation, request) => {
        if (request.queue !== null && request.queue === parent.record.queue) {
          throw new SalternError('internal', `${parent.record.name} holds a place in the queue that its children need`);
        }
        return this.#start(operation, request, (call) => this.#recorder.insist(parent, 'starting a child', call));
      },
      wait: (id) =>
        this.wait(id).catch((thrown) => {
          throw stop(parent, toSalternError(thrown));
        }),
    };
  }

  async #endChildren(parent: Run): Promise<void> {
    const { id, cancel } = parent.record;
    const children = await this.#recorder.insist(parent, 'reading the children', () => this.#deps.journal.children(id));
    const ends = children.filter(isUnfinished).map(async (child) => {
      await this.cancel(child.id, cancel ?? 'keep').catch(() => {});
      await this.#childrenOf(parent).wait(child.id);
    });
    await Promise.all(ends);
  }
}

const LINES_LOST = 'engine: the last log lines could not be written';
const NOT_AGAIN = 'engine: a child cannot be retried; its earlier end stands';

const NOT_BEGUN = {
  status: 'queued',
  output: null,
  error: null,
  cancel: null,
  startedAt: null,
  endedAt: null,
} as const satisfies Partial<OperationRecord>;

function conflict(record: OperationRecord, wanted: string): SalternError {
  const { name, id, status, cancel } = record;
  const how = status === 'cancelling' ? ` (${cancel})` : '';
  return new SalternError('conflict', `${name} ${id} is ${status}${how} and cannot be ${wanted}`);
}

function notAtWork(id: string): SalternError {
  return new SalternError('unavailable', `operation ${id} is unfinished and not at work in this controller`, {
    hint: `Restart the controller, or run \`saltern operation retry ${id}\`.`,
  });
}

function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    promise.then(resolve).finally(() => signal.removeEventListener('abort', leave));
  });
}
