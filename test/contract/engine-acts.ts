import { expect, it } from 'vitest';
import { SalternError } from '../../src/core/error.ts';
import type { Wait } from '../../src/core/operation.ts';
import type { Action, ActionLook } from '../../src/core/resource.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

const WAIT: Wait = { timeoutMs: 30_000, everyMs: 100 };

/** A machine that can be rebooted; evidence is its boot id. */
function machine() {
  const world = { bootId: 1, starts: 0, looks: 0, blind: false, fails: null as SalternError | null };
  const reboot: Action<{ name: string }, number> = {
    precondition: async () => (world.blind ? null : world.bootId),
    async start() {
      world.starts += 1;
      const error = world.fails;
      world.fails = null;
      if (error && !error.ambiguous) throw error;
      world.bootId += 1;
      if (error) throw error;
    },
    async look(_, before): Promise<ActionLook> {
      world.looks += 1;
      if (before === null) return 'unknown';
      return world.bootId > before ? 'done' : 'not started';
    },
  };
  const operation = define('restart', async (step) => {
    await step.act('reboot', reboot, { name: 'web' }, WAIT);
    return world.bootId;
  });
  return { world, reboot, operation };
}

export function actContract(factory: EngineFactory): void {
  it('records the evidence before the start, starts once and looks until done', async () => {
    const { world, operation } = machine();
    const evidence: unknown[] = [];
    const h = await createHarness(factory, {
      operations: [operation],
      crashPoint: async (_, __, at) => {
        if (at !== 'before') return;
        evidence.push(
          (await h.journal.unfinished().then(([o]) => h.step(o?.id ?? '', 'reboot'))).evidence,
          world.starts,
        );
      },
    });
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded', output: 2 });
    expect(evidence).toEqual([{ before: 1 }, 0]);
    expect(world).toMatchObject({ starts: 1, looks: 1 });
  });

  for (const point of ['before', 'during', 'effect', 'after']) {
    it(`starts once in all when the process ends ${point} it`, async () => {
      const { world, operation } = machine();
      const crashed = Promise.withResolvers<void>();
      const h = await createHarness(factory, {
        operations: [operation],
        crashPoint(_, __, at) {
          if (at !== point) return;
          crashed.resolve();
          return h.crash();
        },
      });
      const { id } = await h.start(operation, null);
      await crashed.promise;
      await h.restart();
      expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', output: 2 });
      expect(world.starts).toBe(1);
    });
  }

  it('does not guess: without evidence it fails after a crash, and a person may do it again', async () => {
    const { world, operation } = machine();
    world.blind = true;
    const h = await createHarness(factory, {
      operations: [operation],
      crashPoint: (_, __, at) => (at === 'during' ? h.crash() : undefined),
    });
    const { id } = await h.start(operation, null);
    await soon(() => world.starts).toBe(1);
    await h.restart();
    const record = await h.engine.wait(id);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'conflict' } });
    expect(record.error?.message).toBe('cannot tell whether "reboot" happened');
    expect(record.error?.hint).toContain(`retry ${id}`);
    expect(world.starts).toBe(1);
    world.blind = false;
    await h.engine.retry(id);
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded' });
    expect(world.starts).toBe(2);
  });

  it('looks after an answer that leaves it open, and starts again after one that does not', async () => {
    const { world, operation } = machine();
    const h = await createHarness(factory, { operations: [operation] });
    world.fails = new SalternError('unavailable', '500', { ambiguous: true });
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded' });
    expect(world.starts).toBe(1);
    world.fails = new SalternError('unavailable', '503');
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded' });
    expect(world.starts).toBe(3);
    world.fails = new SalternError('forbidden', 'no');
    expect(await h.run(operation, null)).toMatchObject({ status: 'failed', error: { code: 'forbidden' } });
    expect(world.starts).toBe(4);
  });

  it('follows what is running over a crash, and begins anew on retry when it ended badly', async () => {
    const script = { starts: 0, result: null as 'good' | 'bad' | null };
    const deploy: Action<null, number> = {
      precondition: async () => script.starts,
      start: async () => {
        script.starts += 1;
        script.result = null;
      },
      async look(_, before) {
        if (script.starts === before) return 'not started';
        if (script.result === 'bad') throw new SalternError('invalid', 'the script ended with 3');
        return script.result === 'good' ? 'done' : 'running';
      },
    };
    const operation = define('deploy', (step) => step.act('script', deploy, null, { ...WAIT, timeoutMs: 600_000 }));
    const h = await createHarness(factory, { operations: [operation] });
    const { id } = await h.start(operation, null);
    await soon(() => script.starts).toBe(1);
    await h.restart();
    script.result = 'bad';
    expect(await h.engine.wait(id)).toMatchObject({ status: 'failed', error: { message: 'the script ended with 3' } });
    expect(script.starts).toBe(1);
    await h.engine.retry(id);
    await soon(() => script.starts).toBe(2);
    script.result = 'good';
    expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded' });
    expect(script.starts).toBe(2);
  });
}
