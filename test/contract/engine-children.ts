import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SalternError } from '../../src/core/error.ts';
import type { Outcome } from '../../src/core/operation.ts';
import { isId } from '../../src/lib/ids.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

interface Machine {
  readonly name: string;
  readonly queue?: string;
}

/** A parent that makes machines, and what was made. */
function fleet(work: (name: string) => Promise<string>) {
  const child = define('make', (step, { name }: Machine) => step.run('make', () => work(name)));
  const parent = define('make all', async (step, machines: readonly Machine[]) => {
    const children = machines.map((input) => ({
      input,
      entity: `machine/${input.name}`,
      queue: input.queue ?? 'provider/one',
    }));
    return step.each('machines', child, children);
  });
  return { child, parent, operations: [child, parent] };
}

const named = (...names: string[]): Machine[] => names.map((name) => ({ name }));
const brief = (outcomes: unknown) =>
  (outcomes as Outcome[]).map((o) => (o.ok ? o.output : `${o.error.code}: ${o.error.message}`));

export function childrenContract(factory: EngineFactory): void {
  it('gives one outcome per child in their order; failures are values', async () => {
    const { child, parent, operations } = fleet(async (name) => {
      if (name === 'b') throw new SalternError('out_of_stock', 'none left');
      return `made ${name}`;
    });
    const hold = Promise.withResolvers<void>();
    const busy = define('busy', (step) => step.run('hold', () => hold.promise));
    const h = await createHarness(factory, { operations: [...operations, busy] });
    const other = await h.start(busy, null, { entity: 'machine/c' });
    const record = await h.run(parent, named('a', 'b', 'c', 'd'));
    hold.resolve();
    expect(record.status).toBe('succeeded');
    const [a, b, c, d] = brief(record.output);
    expect([a, b, d]).toEqual(['made a', 'out_of_stock: none left', 'made d']);
    expect(c).toContain('conflict');
    expect(c).toContain(other.id);
    const children = await h.journal.children(record.id);
    expect(children.map((r) => [r.name, r.parent, isId(r.id), r.entity])).toEqual(
      ['a', 'b', 'd'].map((name) => [child.name, record.id, true, `machine/${name}`]),
    );
    expect((await h.run(parent, [])).output).toEqual([]);
  });

  it('finds its children again when it is restarted in their midst, and makes nothing twice', async () => {
    const made: string[] = [];
    const hold = Promise.withResolvers<void>();
    const { parent, operations } = fleet(async (name) => {
      if (name > 'b') await hold.promise;
      made.push(name);
      return name;
    });
    const h = await createHarness(factory, { operations });
    const { id } = await h.start(parent, named('a', 'b', 'c', 'd'));
    await expect
      .poll(async () => (await h.journal.children(id)).map((r) => r.status))
      .toEqual(['succeeded', 'succeeded', 'running', 'running']);
    expect(await h.restart()).toBe(3);
    const abandoned = made.length;
    hold.resolve();
    const record = await h.engine.wait(id);
    expect(record.output).toMatchObject([{ output: 'a' }, { output: 'b' }, { output: 'c' }, { output: 'd' }]);
    expect(await h.journal.children(id)).toHaveLength(4);
    expect(made.slice(0, abandoned)).toEqual(['a', 'b']);
  });

  it('begins the children that a crash in the beginning left out', async () => {
    const { parent, operations } = fleet(async (name) => name);
    let created = 0;
    const h = await createHarness(factory, {
      operations,
      faults: (journal) => ({
        ...journal,
        create: (record) => {
          if (record.parent) created += 1;
          return created > 2 ? h.crash() : journal.create(record);
        },
      }),
    });
    const { id } = await h.start(parent, named('a', 'b', 'c', 'd'));
    await soon(() => created).toBe(3);
    await h.restart({ faults: (journal) => journal });
    expect(brief((await h.engine.wait(id)).output)).toEqual(['a', 'b', 'c', 'd']);
    expect(await h.journal.children(id)).toHaveLength(4);
  });

  it('retries only the children that failed', async () => {
    const made: string[] = [];
    const child = define('make', (step, name: string) =>
      step.run('make', async () => {
        made.push(name);
        if (name === 'b' && made.length < 4) throw new SalternError('quota', 'full');
        return name;
      }),
    );
    const parent = define('all', async (step) => {
      const children = ['a', 'b', 'c'].map((input) => ({ input, entity: null, queue: null }));
      const outcomes = await step.each('machines', child, children);
      if (outcomes.some(({ ok }) => !ok)) throw new SalternError('quota', 'some failed');
      return brief(outcomes);
    });
    const h = await createHarness(factory, { operations: [child, parent] });
    const { id, status } = await h.run(parent, null);
    expect(status).toBe('failed');
    await h.engine.retry(id);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', attempt: 2, output: ['a', 'b', 'c'] });
    expect(made.filter((name) => name === 'b')).toHaveLength(2);
    expect(made).toHaveLength(4);
  });

  it('never has more at work than the limits allow, whatever the mix of queues, and finishes all', async () => {
    const mix = fc.record({
      limits: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      queues: fc.array(fc.nat({ max: 2 }), { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(mix, async ({ limits, queues }) => {
        const limitOf = (queue: string) => limits[Number(queue) % limits.length] ?? 1;
        const atWork = new Map<string, number>();
        let most = 0;
        const child = define('work', (step, queue: string) =>
          step.run('work', async () => {
            const now = (atWork.get(queue) ?? 0) + 1;
            atWork.set(queue, now);
            most = Math.max(most, now / limitOf(queue));
            await new Promise((resolve) => setImmediate(resolve));
            atWork.set(queue, (atWork.get(queue) ?? 0) - 1);
          }),
        );
        const parent = define('all', (step) =>
          step.each(
            'work',
            child,
            queues.map((queue) => ({ input: String(queue), entity: null, queue: String(queue) })),
          ),
        );
        const h = await createHarness(factory, { operations: [child, parent], limits: limitOf });
        const record = await h.run(parent, null);
        expect(record.output).toHaveLength(queues.length);
        expect(most).toBeLessThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  it('begins queued operations in the order they were asked for, also after a restart', async () => {
    const order: string[] = [];
    let open = Promise.withResolvers<void>();
    const work = define('work', (step, name: string) =>
      step.run('work', async () => {
        order.push(name);
        await open.promise;
      }),
    );
    const h = await createHarness(factory, { operations: [work], limits: () => 1 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await h.start(work, name, { queue: 'q' });
    await soon(() => order).toEqual(['a']);
    open = Promise.withResolvers<void>();
    const restarted = open;
    await h.restart();
    restarted.resolve();
    await soon(() => h.engine.active()).toBe(0);
    expect(order).toEqual(['a', ...names]);
  });

  it('gives those at work their places back before those in the queue, however old', async () => {
    const order: string[] = [];
    const work = define('work', (step, name: string) =>
      step.run('work', async () => {
        order.push(name);
        if (order.length === 1) throw new SalternError('quota', 'full');
        if (order.length === 2) await new Promise(() => {});
      }),
    );
    const h = await createHarness(factory, { operations: [work], limits: () => 1 });
    const older = await h.run(work, 'older', { queue: 'q' });
    await h.start(work, 'newer', { queue: 'q' });
    await soon(() => order).toEqual(['older', 'newer']);
    await h.engine.retry(older.id);
    await h.restart();
    await h.engine.wait(older.id);
    expect(order).toEqual(['older', 'newer', 'newer', 'older']);
  });
}
