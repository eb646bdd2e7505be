import { expect, it } from 'vitest';
import { SalternError } from '../../src/core/error.ts';
import type { Operation, OperationRecord } from '../../src/core/operation.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

/** An operation with one step, and what its `settle` was told. */
function settling<O>(run: Operation<null, O>['run']) {
  const settled: Pick<OperationRecord, 'status' | 'cancel' | 'error'>[] = [];
  const operation: Operation<null, O> = {
    ...define<null, O>('settling', (step) => run(step, {} as never, null)),
    async settle(_, __, { status, cancel, error }) {
      settled.push({ status, cancel, error });
    },
  };
  return { operation, settled };
}

export function cancelContract(factory: EngineFactory): void {
  it('ends a queued one at once, without running it', async () => {
    const hold = Promise.withResolvers<void>();
    const ran: string[] = [];
    const { operation, settled } = settling((step) => step.run('work', async () => ran.push('work')));
    const holder = define('holder', (step) => step.run('hold', () => hold.promise));
    const h = await createHarness(factory, { operations: [operation, holder], limits: () => 1 });
    await h.start(holder, null, { queue: 'q' });
    const { id } = await h.start(operation, null, { queue: 'q' });
    const record = await h.engine.cancel(id, 'keep');
    expect(record).toMatchObject({ status: 'cancelled', cancel: 'keep', error: { code: 'cancelled' } });
    expect(settled).toMatchObject([{ status: 'cancelled', cancel: 'keep' }]);
    hold.resolve();
    await soon(() => h.engine.active()).toBe(0);
    expect(ran).toEqual([]);
  });

  it('tells the step at work, lets its effect settle and records it, then settles as was chosen', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const hold = Promise.withResolvers<string>();
    let second = false;
    const { operation, settled } = settling(async (step) => {
      await step.run('effect', ({ signal }) => {
        begun.resolve(signal);
        return hold.promise;
      });
      await step.run('next', async () => {
        second = true;
      });
    });
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null);
    const signal = await begun.promise;
    expect(await h.engine.cancel(id, 'destroy')).toMatchObject({ status: 'cancelling', cancel: 'destroy' });
    expect(signal.aborted && signal.reason instanceof SalternError && signal.reason.code).toBe('cancelled');
    await expect(h.engine.cancel(id, 'keep')).rejects.toMatchObject({ code: 'conflict' });
    expect(settled).toEqual([]);
    hold.resolve('made');
    expect(await h.engine.wait(id)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    expect(await h.step(id, 'effect')).toMatchObject({ status: 'done', output: 'made' });
    expect(second).toBe(false);
    expect(settled).toMatchObject([{ status: 'cancelled', cancel: 'destroy' }]);
    await expect(h.engine.cancel(id, 'destroy')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('stands even when the last step got done all the same', async () => {
    const begun = Promise.withResolvers<void>();
    const hold = Promise.withResolvers<void>();
    const { operation } = settling((step) =>
      step.run('last', () => {
        begun.resolve();
        return hold.promise;
      }),
    );
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null);
    await begun.promise;
    await h.engine.cancel(id, 'destroy');
    hold.resolve();
    expect((await h.engine.wait(id)).status).toBe('cancelled');
  });

  it('still counts while a failure settles: it settles anew as was chosen', async () => {
    const settling = Promise.withResolvers<void>();
    const settled: string[] = [];
    const operation = define('fails', () => Promise.reject(new SalternError('quota', 'full')), {
      async settle(_, __, { status, cancel }) {
        settled.push(`${status} ${cancel}`);
        if (settled.length === 1) await settling.promise;
      },
    });
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null);
    await soon(() => settled).toEqual(['failed null']);
    await h.engine.cancel(id, 'destroy');
    settling.resolve();
    expect((await h.engine.wait(id)).status).toBe('cancelled');
    expect(settled).toEqual(['failed null', 'cancelled destroy']);
  });

  it('ends a wait at once, and a pause before another try', async () => {
    const looking = define('look', (step) => step.until('see', async () => null, { timeoutMs: 9e6, everyMs: 9e6 }));
    const trying = define('try', (step) =>
      step.run('ask', async () => {
        throw new SalternError('rate_limited', 'later', { retryAfterMs: 500_000 });
      }),
    );
    const h = await createHarness(factory, { operations: [looking, trying] });
    for (const operation of [looking, trying]) {
      const { id } = await h.start(operation, null);
      await soon(() => h.journal.steps(id)).toHaveLength(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await h.engine.cancel(id, 'keep');
      expect(await h.engine.wait(id)).toMatchObject({ status: 'cancelled' });
      expect((await h.journal.steps(id))[0]).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
    }
  });

  it('reaches the children, at work and in the queue, before the parent ends', async () => {
    const begun = Promise.withResolvers<void>();
    const child = define('child', (step) =>
      step.run('work', async ({ signal }) => {
        begun.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }),
    );
    const parent = define('parent', (step) =>
      step.each(
        'all',
        child,
        [1, 2, 3].map(() => ({ input: null, entity: null, queue: 'q' })),
      ),
    );
    const ended: string[] = [];
    const h = await createHarness(factory, {
      operations: [child, parent],
      limits: () => 1,
      listener: {
        operation: ({ name, status, cancel }) => {
          if (status === 'cancelled') ended.push(`${name} ${cancel}`);
        },
        step: () => {},
        log: () => {},
      },
    });
    const { id } = await h.start(parent, null);
    await begun.promise;
    await h.engine.cancel(id, 'destroy');
    expect((await h.engine.wait(id)).status).toBe('cancelled');
    expect(ended.at(-1)).toBe('parent destroy');
    expect(ended.filter((line) => line === 'child destroy')).toHaveLength((await h.journal.children(id)).length);
    expect(h.engine.active()).toBe(0);
  });

  it('is carried to its end after a crash, the children with it', async () => {
    const child = define('child', (step) => step.until('see', async () => null, { timeoutMs: 9e6, everyMs: 9e6 }));
    const { operation, settled } = settling((step) =>
      step.each('all', child, [{ input: null, entity: null, queue: null }]),
    );
    const h = await createHarness(factory, {
      operations: [operation, child],
      // The process ends between the cancel on disk and all that follows from it.
      faults: (journal) => ({
        ...journal,
        update: async (id, patch) => {
          const record = await journal.update(id, patch);
          return patch.status === 'cancelling' ? h.crash() : record;
        },
      }),
    });
    const { id } = await h.start(operation, null);
    await soon(async () => (await h.journal.children(id))[0]?.status).toBe('running');
    void h.engine.cancel(id, 'destroy');
    await soon(async () => (await h.journal.get(id))?.status).toBe('cancelling');
    await h.restart({ faults: (journal) => journal });
    expect(await h.engine.wait(id)).toMatchObject({ status: 'cancelled', cancel: 'destroy' });
    expect(settled).toMatchObject([{ status: 'cancelled', cancel: 'destroy' }]);
    expect((await h.journal.children(id)).map((r) => r.status)).toEqual(['cancelled']);
  });

  it('lets a cancelled operation be run on', async () => {
    const made: string[] = [];
    let there = false;
    const operation = define('run on', async (step) => {
      await step.run('make', async () => made.push('made'));
      await step.until('see', async () => there || null, { timeoutMs: 9e6, everyMs: 1000 });
    });
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null);
    await soon(() => h.journal.steps(id)).toHaveLength(2);
    await h.engine.cancel(id, 'keep');
    await h.engine.wait(id);
    there = true;
    await h.engine.retry(id);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', cancel: null, error: null });
    expect(made).toEqual(['made']);
  });
}
