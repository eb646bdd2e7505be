import { afterEach, expect } from 'vitest';
import type { Engine, EngineListener, Journal, QueueLimits } from '../../src/core/engine.ts';
import type { Operation, OperationRecord, OperationRequest, Step, StepRecord } from '../../src/core/operation.ts';
import type { Ports } from '../../src/core/ports.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { TestJournal } from './engine-memory-journal.ts';

/** What the engine under test is opened with. */
export interface EngineSetup {
  readonly journal: Journal;
  readonly ports: Ports;
  readonly operations: readonly Operation<unknown, unknown>[];
  readonly limits: QueueLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: EngineListener;
  /** Called at each crash point of a step; what it returns is awaited. */
  readonly crashPoint: (operation: string, step: string, point: string) => void | Promise<void>;
}

/** An implementation of the port: how to open an engine, and an empty journal for it. */
export interface EngineFactory {
  open(setup: EngineSetup): Engine;
  journal(): Promise<{ journal: TestJournal; dispose?: () => Promise<void> }>;
}

export type Options = Partial<
  Pick<EngineSetup, 'operations' | 'limits' | 'clock' | 'log' | 'listener' | 'crashPoint'>
> & {
  /** Puts faults between engine and journal. */
  readonly faults?: (journal: Journal) => Journal;
};

export interface Harness {
  readonly engine: Engine;
  readonly journal: TestJournal;
  /** Asks for an operation; entity, queue and the rest as given. */
  start<I>(
    operation: Operation<I, unknown>,
    input: I,
    request?: Partial<OperationRequest<I>>,
  ): Promise<OperationRecord>;
  /** The same, and its end. */
  run<I>(operation: Operation<I, unknown>, input: I, request?: Partial<OperationRequest<I>>): Promise<OperationRecord>;
  step(id: string, name: string): Promise<StepRecord>;
  /** A kill -9: the engine of before does nothing any more, not even what it is in the midst of; another one resumes. */
  restart(options?: Options): Promise<number>;
  /** What the process does when it is killed: from here on the journal and the clock are gone for this engine. */
  crash(): Promise<never>;
}

const FAST = 200;
const never = () => new Promise<never>(() => {});
const quiet: EngineListener = { operation: () => {}, step: () => {}, log: () => {} };
export const actor = { kind: 'controller', name: 'test' } as const;

export async function createHarness(factory: EngineFactory, first: Options): Promise<Harness> {
  const { journal, dispose } = await factory.journal();
  let options = first;
  let current = open();
  opened.push(async () => {
    if (current.life.alive) await current.engine.close();
    await dispose?.();
  });

  function open() {
    const life = { alive: true };
    const { clock = createClock(FAST), faults = (j: Journal) => j, operations = [], crashPoint = () => {} } = options;
    const engine = factory.open({
      ports: {} as Ports,
      limits: options.limits ?? (() => 1000),
      log: options.log ?? silentLog,
      listener: options.listener ?? quiet,
      crashPoint: (...at) => (life.alive ? crashPoint(...at) : never()),
      operations,
      journal: mortal(faults(journal), life),
      clock: mortal(clock, life, ['now']),
    });
    return { engine, life };
  }

  const harness: Harness = {
    get engine() {
      return current.engine;
    },
    journal,
    start: (operation, input, request) =>
      current.engine.start(operation, { input, actor, entity: null, queue: null, ...request }),
    run: async (operation, input, request) => current.engine.wait((await harness.start(operation, input, request)).id),
    async step(id, name) {
      const step = (await journal.steps(id)).find((s) => s.name === name);
      if (!step) throw new Error(`no step ${name}`);
      return step;
    },
    async restart(changed) {
      current.life.alive = false;
      options = { ...options, crashPoint: undefined, ...changed };
      current = open();
      return current.engine.resume();
    },
    crash() {
      current.life.alive = false;
      return never();
    },
  };
  return harness;
}

const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** The same object until its life ends: then its calls neither do anything nor answer. */
function mortal<T extends object>(object: T, life: { alive: boolean }, immortal: readonly string[] = []): T {
  return new Proxy(object, {
    get(target, property, receiver) {
      const value = Reflect.get(target, property, receiver);
      if (typeof value !== 'function' || immortal.includes(String(property))) return value;
      return async (...args: unknown[]) => {
        if (!life.alive) return never();
        const answer = await value.apply(target, args);
        return life.alive ? answer : never();
      };
    },
  });
}

/** An operation of one expression. Its input is taken as it is. */
export function define<I, O>(
  name: string,
  run: (step: Step, input: I) => Promise<O>,
  more: Partial<Pick<Operation<I, O>, 'version' | 'settle' | 'Input'>> = {},
): Operation<I, O> {
  return {
    name,
    version: 1,
    Input: { parse: (value) => value as I },
    run: (step, _, input) => run(step, input),
    ...more,
  };
}

/** Expects it to become so; patient enough for a busy machine. */
export const soon = <T>(look: () => T) => expect.poll(look, { interval: 3, timeout: 10_000 });
