import { expect, it } from 'vitest';
import * as z from 'zod';
import type { Journal } from '../../src/core/engine.ts';
import { SalternError } from '../../src/core/error.ts';
import type { OperationRecord } from '../../src/core/operation.ts';
import { newId } from '../../src/lib/ids.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

export function lifeContract(factory: EngineFactory): void {
  it('refuses input that does not fit, naming the place, and records nothing', async () => {
    const operation = define('typed', (step) => step.run('x', async () => 1), {
      Input: z.object({ size: z.object({ name: z.string() }) }),
    });
    const h = await createHarness(factory, { operations: [operation] });
    const wrong = { size: { name: 3 } } as never;
    await expect(h.start(operation, wrong)).rejects.toMatchObject({ code: 'invalid', field: 'size.name' });
    expect(await h.journal.unfinished()).toEqual([]);
  });

  it('asking twice with one id is asking once, at the same time and later', async () => {
    const ran: string[] = [];
    const operation = define('once', (step) => step.run('x', async () => ran.push('x')));
    const h = await createHarness(factory, { operations: [operation] });
    const id = newId();
    await Promise.all([h.start(operation, null, { id }), h.start(operation, null, { id })]);
    await h.engine.wait(id);
    expect(await h.start(operation, null, { id })).toMatchObject({ id, status: 'succeeded', output: 1 });
    expect(ran).toEqual(['x']);
  });

  it('one operation per entity at a time: the second is told the id of the first', async () => {
    const hold = Promise.withResolvers<void>();
    const operation = define('entity', (step) => step.run('x', () => hold.promise));
    const h = await createHarness(factory, { operations: [operation] });
    const first = await h.start(operation, null, { entity: 'machine/1' });
    const refused = await h.start(operation, null, { entity: 'machine/1' }).catch((e) => e);
    expect(refused).toMatchObject({ code: 'conflict' });
    expect(refused.message).toContain(first.id);
    hold.resolve();
    await h.engine.wait(first.id);
    expect(await h.run(operation, null, { entity: 'machine/1' })).toMatchObject({ status: 'succeeded' });
  });

  it('waits and cancels only what there is', async () => {
    const h = await createHarness(factory, {});
    for (const ask of [h.engine.wait(newId()), h.engine.cancel(newId(), 'keep'), h.engine.retry(newId())]) {
      await expect(ask).rejects.toMatchObject({ code: 'not_found' });
    }
    const aborted = AbortSignal.abort(new Error('enough'));
    const operation = define('wait', (step) => step.until('x', async () => null, { timeoutMs: 9e6, everyMs: 9e6 }));
    const g = await createHarness(factory, { operations: [operation] });
    const { id } = await g.start(operation, null);
    await expect(g.engine.wait(id, aborted)).rejects.toThrow('enough');
    await g.engine.cancel(id, 'keep');
  });

  it('can be waited for from the moment that it is told of', async () => {
    const ended: Promise<OperationRecord>[] = [];
    const operation = define('told', (step) => step.run('x', async () => 1));
    const listener = {
      operation: ({ id, status }: OperationRecord) => void (status === 'queued' && ended.push(h.engine.wait(id))),
      step: () => {},
      log: () => {},
    };
    const h = await createHarness(factory, { operations: [operation], listener });
    await h.start(operation, null);
    expect(await Promise.all(ended)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('settles a failure once before it shows, and again when a crash came between', async () => {
    const settled: string[] = [];
    const operation = define(
      'fails',
      (step) =>
        step.run('x', async () => {
          throw new SalternError('quota', 'full');
        }),
      {
        async settle(_, __, { status, error }) {
          settled.push(`${status} ${error?.code}`);
          if (settled.length === 1) return h.crash();
          if (settled.length === 2) throw new Error('the store was busy');
        },
      },
    );
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null, { entity: 'machine/1' });
    await soon(() => settled.length).toBe(1);
    expect((await h.journal.get(id))?.status).toBe('running');
    await h.restart();
    expect(await h.engine.wait(id)).toMatchObject({ status: 'failed', error: { code: 'quota', message: 'full' } });
    expect(settled).toEqual(['failed quota', 'failed quota', 'failed quota']);
  });

  it('retries from the step that failed: what was done keeps, what came after the failure is done anew', async () => {
    const done: string[] = [];
    let full = true;
    const operation = define('retried', async (step) => {
      await step.run('make', async () => void done.push('make'));
      try {
        await step.run('fill', async () => {
          done.push('fill');
          if (full) throw new SalternError('quota', 'full');
        });
      } catch (error) {
        await step.run('clean up', async () => void done.push('clean up'));
        throw error;
      }
      return 'filled';
    });
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.run(operation, null);
    await h.engine.retry(id);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'failed', attempt: 2 });
    full = false;
    await Promise.all([h.engine.retry(id), h.engine.retry(id)]);
    const record = await h.engine.wait(id);
    expect(record).toMatchObject({ status: 'succeeded', attempt: 3, output: 'filled', error: null });
    expect(done).toEqual(['make', 'fill', 'clean up', 'fill', 'clean up', 'fill']);
    await expect(h.engine.retry(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('does not retry while another operation has the entity', async () => {
    const hold = Promise.withResolvers<void>();
    const bad = define('bad', () => Promise.reject(new SalternError('quota', 'full')));
    const holder = define('holder', (step) => step.run('x', () => hold.promise));
    const h = await createHarness(factory, { operations: [bad, holder] });
    const { id } = await h.run(bad, null, { entity: 'machine/1' });
    const other = await h.start(holder, null, { entity: 'machine/1' });
    const refused = await h.engine.retry(id).catch((e) => e);
    expect(refused).toMatchObject({ code: 'conflict' });
    expect(refused.message).toContain(other.id);
    expect((await h.journal.get(id))?.status).toBe('failed');
    hold.resolve();
  });

  it('finishes an operation with the version that began it, and fails it where that is gone', async () => {
    const settled: number[] = [];
    const version = (n: number) =>
      define('versioned', async (step) => `v${n} ${await step.run('x', async () => n)}`, {
        version: n,
        settle: async () => void settled.push(n),
      });
    const crashPoint = (_: string, __: string, at: string) => (at === 'during' ? h.crash() : undefined);
    const h = await createHarness(factory, { operations: [version(1)], crashPoint });
    const { id } = await h.start(version(1), null);
    await soon(() => h.journal.steps(id)).toHaveLength(1);
    await h.restart({ operations: [version(1), version(2)], crashPoint });
    await soon(async () => (await h.journal.steps(id))[0]?.attempts).toBe(2);
    await h.restart({ operations: [version(2)] });
    const record = await h.engine.wait(id);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'conflict' } });
    expect(record.error?.message).toContain('another version');
    expect(settled, 'the entity is marked all the same').toEqual([2]);
    await h.restart({ operations: [version(1), version(2)] });
    await h.engine.retry(id);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', output: 'v1 1' });
  });

  const full = () => Promise.reject(new Error('database or disk is full'));
  const brokenWhile = (broken: () => boolean) => (journal: Journal) => ({
    ...journal,
    saveStep: (step: Parameters<Journal['saveStep']>[0]) => (broken() ? full() : journal.saveStep(step)),
  });

  it('outlasts a journal that fails for a while, without doing the work again', async () => {
    let refusals = 4;
    const worked: string[] = [];
    const operation = define('patient', (step) => step.run('x', async () => worked.push('x')));
    const faults = brokenWhile(() => {
      if (worked.length === 0) return false;
      refusals -= 1;
      return refusals >= 0;
    });
    const h = await createHarness(factory, { operations: [operation], faults });
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded', output: 1 });
    expect(refusals).toBeLessThan(0);
  });

  it('stops an operation whose journal stays away: nothing goes on, and it resumes later', async () => {
    let broken = false;
    const errors: string[] = [];
    const done: string[] = [];
    const child = define('child', async (step) => {
      const first = step.run('first', async () => {
        done.push('first');
        broken = done.length === 1;
      });
      // Not even an operation that takes no notice of errors goes on.
      await first.catch(() => {});
      await step.run('second', async () => void done.push('second')).catch(() => {});
    });
    const parent = define('parent', (step) => step.each('all', child, [{ input: null, entity: null, queue: null }]));
    const note = (_: object, message: string) => void errors.push(message);
    const h = await createHarness(factory, {
      operations: [child, parent],
      faults: brokenWhile(() => broken),
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: note },
    });
    const { id } = await h.start(parent, null);
    await expect(h.engine.wait(id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(done).toEqual(['first']);
    expect(errors.some((text) => text.includes('"first" failed'))).toBe(true);
    expect(h.engine.active()).toBe(0);
    expect((await h.journal.get(id))?.status).toBe('running');
    broken = false;
    expect(await h.restart()).toBe(2);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded' });
    expect(done).toEqual(['first', 'first', 'second']);
  });

  it('close lets the step at work settle, begins no other, leaves waits, and writes nothing afterwards', async () => {
    const hold = Promise.withResolvers<string>();
    const begun: string[] = [];
    const two = define('two', async (step) => {
      await step.run('first', () => {
        begun.push('first');
        return hold.promise;
      });
      return step.run('second', async () => begun.push('second'));
    });
    const waits = define('waits', (step) => step.until('x', async () => null, { timeoutMs: 9e6, everyMs: 9e6 }));
    const writes: string[] = [];
    const counted = (journal: Journal): Journal => ({
      ...journal,
      saveStep(step) {
        writes.push(step.name);
        return journal.saveStep(step);
      },
      update(id, patch) {
        writes.push(id);
        return journal.update(id, patch);
      },
    });
    const h = await createHarness(factory, { operations: [two, waits], faults: counted, limits: () => 1 });
    const first = await h.start(two, null);
    const waiting = await h.start(waits, null);
    await h.start(two, null, { queue: 'q' });
    const queued = await h.start(two, null, { queue: 'q' });
    await soon(() => begun.length).toBe(2);
    const ended = [first, waiting, queued].map(({ id }) => h.engine.wait(id).catch((e) => e.code));
    const closed = h.engine.close();
    await expect(h.start(two, null)).rejects.toMatchObject({ code: 'unavailable' });
    hold.resolve('done');
    await closed;
    expect(await Promise.all(ended)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    const before = writes.length;
    expect(begun).toEqual(['first', 'first']);
    expect(await h.step(first.id, 'first')).toMatchObject({ status: 'done', output: 'done' });
    expect(await h.journal.steps(queued.id)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(writes).toHaveLength(before);
    expect(await h.restart()).toBe(4);
    for (const { id } of [first, queued]) expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded' });
    expect(begun.filter((name) => name === 'first')).toHaveLength(3);
    await h.engine.cancel(waiting.id, 'keep');
  });

  it('close does not wait for ever', async () => {
    const hold = Promise.withResolvers<void>();
    const stuck = define('stuck', (step) => step.run('x', () => hold.promise));
    const h = await createHarness(factory, { operations: [stuck] });
    const { id } = await h.start(stuck, null);
    await soon(() => h.journal.steps(id)).toHaveLength(1);
    await h.engine.close();
    hold.resolve();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await h.step(id, 'x')).toMatchObject({ status: 'running' });
  });

  it('500 operations with a limit of 20 finish quickly', async () => {
    let atWork = 0;
    let most = 0;
    const operation = define('one of many', async (step) => {
      await step.run('x', async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise((resolve) => setImmediate(resolve));
        atWork -= 1;
      });
    });
    const h = await createHarness(factory, { operations: [operation], limits: () => 20 });
    const begun = performance.now();
    const started = await Promise.all(Array.from({ length: 500 }, () => h.start(operation, null, { queue: 'q' })));
    const ended = await Promise.all(started.map(({ id }) => h.engine.wait(id)));
    expect(ended.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(most).toBe(20);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
}
