import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Action } from '../../src/core/resource.ts';
import { createHarness, define, type EngineFactory } from './engine-harness.ts';

const KINDS = ['run', 'until', 'act', 'each'] as const;
type Kind = (typeof KINDS)[number];

const WAIT = { timeoutMs: 60_000, everyMs: 10 };

/** A program of steps over a world that remembers every effect by its name. */
function program(kinds: readonly Kind[]) {
  const world = new Map<string, number>();
  const effect = async (name: string) => {
    world.set(name, (world.get(name) ?? 0) + 1);
    return name;
  };
  const action: Action<string, number> = {
    precondition: async (name) => world.get(name) ?? 0,
    start: async (name) => void (await effect(name)),
    look: async (name, before) => ((world.get(name) ?? 0) > (before ?? 0) ? 'done' : 'not started'),
  };
  const child = define('child', (step, name: string) => step.run('work', () => effect(name)));
  const parent = define('program', async (step) => {
    const seen: unknown[] = [];
    for (const [index, kind] of kinds.entries()) {
      const name = `${kind} ${index}`;
      const inputs = [`${name} a`, `${name} b`].map((input) => ({ input, entity: null, queue: 'q' }));
      if (kind === 'run') seen.push(await step.run(name, () => effect(name)));
      if (kind === 'until') seen.push(await step.until(name, () => effect(name), WAIT));
      if (kind === 'act') seen.push(await step.act(name, action, name, WAIT));
      if (kind === 'each') seen.push((await step.each(name, child, inputs)).map(({ ok }) => ok));
    }
    return seen;
  });
  return { world, parent, operations: [parent, child] };
}

export function crashContract(factory: EngineFactory): void {
  it('comes to the same end wherever and however often the process is killed; actions are started once', async () => {
    const cases = fc.record({
      kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 4 }),
      /** In each life, the number of points that are passed before the end. */
      lives: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ kinds, lives }) => {
        const undisturbed = program(kinds);
        const calm = await createHarness(factory, { operations: undisturbed.operations });
        const expected = await calm.run(undisturbed.parent, null);

        const { world, parent, operations } = program(kinds);
        let crashed = Promise.withResolvers<'crashed'>();
        const after = (count: number) => {
          let left = count;
          return () => {
            left -= 1;
            if (left !== 0) return;
            crashed.resolve('crashed');
            return h.crash();
          };
        };
        const [first, ...others] = [...lives, Number.POSITIVE_INFINITY];
        const h = await createHarness(factory, { operations, crashPoint: after(first ?? 1) });
        const { id } = await h.start(parent, null);
        let kills = 0;
        for (const count of others) {
          const end = await Promise.race([crashed.promise, h.engine.wait(id).then(() => 'ended')]);
          if (end === 'ended') break;
          kills += 1;
          crashed = Promise.withResolvers();
          await h.restart({ crashPoint: after(count) });
        }
        expect(await h.engine.wait(id)).toMatchObject({ status: 'succeeded', output: expected.output });
        expect([...world.keys()].sort()).toEqual([...undisturbed.world.keys()].sort());
        for (const [name, times] of world) expect(times).toBeLessThanOrEqual(name.startsWith('act') ? 1 : 1 + kills);
      }),
      { numRuns: 25 },
    );
  });
}
