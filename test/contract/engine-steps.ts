import { expect, it } from 'vitest';
import { SalternError } from '../../src/core/error.ts';
import { createClock } from '../../src/lib/clock.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

const THREE = ['first', 'second', 'third'];

/** Counts its effects by step, as a backend would. */
function threeSteps(effects: string[]) {
  return define('three', async (step, input: { by: string }) => {
    const made: string[] = [];
    for (const name of THREE) {
      made.push(
        await step.run(name, async () => {
          effects.push(name);
          return `${name} by ${input.by} no ${effects.filter((e) => e === name).length}`;
        }),
      );
    }
    return made;
  });
}

export function stepContract(factory: EngineFactory): void {
  it('runs the steps in order, once, and records what they gave', async () => {
    const effects: string[] = [];
    const operation = threeSteps(effects);
    const h = await createHarness(factory, { operations: [operation] });
    const record = await h.run(operation, { by: 'me' });
    expect(record).toMatchObject({ status: 'succeeded', error: null, attempt: 1 });
    expect(record.output).toEqual(['first by me no 1', 'second by me no 1', 'third by me no 1']);
    expect(effects).toEqual(THREE);
    expect(await h.journal.get(record.id)).toMatchObject({ status: 'succeeded', output: record.output });
    expect((await h.journal.steps(record.id)).map((s) => [s.seq, s.name, s.status, s.attempts, s.output])).toEqual([
      [1, 'first', 'done', 1, 'first by me no 1'],
      [2, 'second', 'done', 1, 'second by me no 1'],
      [3, 'third', 'done', 1, 'third by me no 1'],
    ]);
  });

  const doubled = { before: 1, during: 2, effect: 2, after: 1 };
  for (const [point, times] of Object.entries(doubled)) {
    it(`resumes at the step after a crash ${point} it`, async () => {
      const effects: string[] = [];
      const operation = threeSteps(effects);
      const crashed = Promise.withResolvers<void>();
      const h = await createHarness(factory, {
        operations: [operation],
        crashPoint(_, step, at) {
          if (step !== 'second' || at !== point) return;
          crashed.resolve();
          return h.crash();
        },
      });
      const { id } = await h.start(operation, { by: 'me' });
      await crashed.promise;
      expect(await h.restart()).toBe(1);
      const record = await h.engine.wait(id);
      expect(record.status).toBe('succeeded');
      expect(effects.filter((e) => e === 'first')).toHaveLength(1);
      expect(effects.filter((e) => e === 'second')).toHaveLength(times);
      expect(effects.filter((e) => e === 'third')).toHaveLength(1);
      const { attempts } = await h.step(id, 'second');
      expect(attempts).toBe(point === 'after' ? 1 : 2);
      expect(record.output).toEqual((await h.journal.steps(id)).map((s) => s.output));
    });
  }

  it('gives the operation the same value whether or not it was resumed', async () => {
    const seen: unknown[] = [];
    const operation = define('values', async (step) => {
      seen.push([
        await step.run('nothing', async () => undefined),
        await step.run('object', async () => ({ at: new Date(0), gone: undefined, list: [1, null] })),
      ]);
      await step.run('last', async () => true);
    });
    const h = await createHarness(factory, {
      operations: [operation],
      crashPoint: (_, step) => (step === 'last' ? h.crash() : undefined),
    });
    const { id } = await h.start(operation, null);
    await soon(() => seen.length).toBe(1);
    await h.restart();
    await h.engine.wait(id);
    expect(seen[0]).toEqual([null, { at: '1970-01-01T00:00:00.000Z', list: [1, null] }]);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('keeps a caught failure on resume: the same way is gone again', async () => {
    const way: string[] = [];
    const operation = define('caught', async (step) => {
      try {
        await step.run('try', async () => {
          way.push('tried');
          throw new SalternError('quota', 'no more', { hint: 'Ask for more.', requestId: 'r1' });
        });
      } catch (thrown) {
        way.push(thrown instanceof SalternError ? `${thrown.code} ${thrown.hint} ${thrown.requestId}` : 'other');
      }
      return step.run('other way', async () => 'fine');
    });
    const h = await createHarness(factory, {
      operations: [operation],
      crashPoint: (_, step) => (step === 'other way' ? h.crash() : undefined),
    });
    const { id } = await h.start(operation, null);
    await soon(() => way.length).toBe(2);
    await h.restart();
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', output: 'fine' });
    expect(way).toEqual(['tried', 'quota Ask for more. r1', 'quota Ask for more. r1']);
  });

  it('refuses a name used twice, and two steps at once, as our own mistake', async () => {
    const twice = define('twice', async (step) => {
      await step.run('same', async () => 1);
      await step.run('same', async () => 2);
    });
    const effects: string[] = [];
    const both = define('both', async (step) => {
      const slow = step.run(
        'slow',
        () => new Promise((resolve) => setTimeout(() => resolve(effects.push('slow')), 20)),
      );
      await Promise.all([slow, step.run('other', async () => 1)]);
    });
    const h = await createHarness(factory, { operations: [twice, both] });
    const first = await h.run(twice, null);
    expect(first).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(first.error?.message).toContain('"same"');
    const second = await h.run(both, null);
    expect(second).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(effects, 'the step at work settled before the end').toEqual(['slow']);
    expect(await h.step(second.id, 'slow')).toMatchObject({ status: 'done', output: 1 });
  });

  it('fails what is not JSON at the step that gave it', async () => {
    const operation = define('big', (step) => step.run('count', async () => 1n));
    const h = await createHarness(factory, { operations: [operation] });
    const record = await h.run(operation, null);
    expect(record.error?.message).toContain('count');
    expect(await h.step(record.id, 'count')).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  });

  it('keeps the key of a step over a crash and changes it for a retry', async () => {
    const keys: string[] = [];
    let good = false;
    const operation = define('keys', (step) =>
      step.run('work', async ({ key }) => {
        keys.push(key);
        if (!good) throw new SalternError('quota', 'full');
      }),
    );
    const h = await createHarness(factory, {
      operations: [operation],
      crashPoint: (_, __, at) => (at === 'during' ? h.crash() : undefined),
    });
    const { id } = await h.start(operation, null);
    await soon(() => keys.length).toBe(1);
    await h.restart();
    await h.engine.wait(id);
    good = true;
    await h.engine.retry(id);
    await h.engine.wait(id);
    expect(keys).toEqual([`${id}/1/1`, `${id}/1/1`, `${id}/1/2`]);
  });

  it('has the log lines of a step in the journal when the step is', async () => {
    const live: string[] = [];
    const operation = define('talk', (step) =>
      step.run('speak', async ({ log }) => {
        for (let i = 0; i < 50; i += 1) log('stdout', `line ${i}`);
      }),
    );
    const h = await createHarness(factory, {
      operations: [operation],
      clock: createClock(1),
      listener: { operation: () => {}, step: () => {}, log: (line) => live.push(line.text) },
      crashPoint: (_, __, at) => (at === 'after' ? h.crash() : undefined),
    });
    const { id } = await h.start(operation, null);
    await soon(async () => (await h.journal.steps(id))[0]?.status).toBe('done');
    const lines = (await h.journal.log(id)).map((line) => line.text);
    expect(lines).toEqual(Array.from({ length: 50 }, (_, i) => `line ${i}`));
    expect(live).toEqual(lines);
  });
}
