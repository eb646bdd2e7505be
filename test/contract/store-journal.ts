import { describe, expect, it } from 'vitest';
import { OPERATION_STATUSES, OPERATION_TRANSITIONS, UNFINISHED } from '../../src/core/operation.ts';
import type { OperationFilter } from '../../src/core/store.ts';
import type { StoreUnderTest } from './store.ts';
import { operation, step } from './store-samples.ts';
import { allowedByTable, triedChanges } from './store-transitions.ts';

/** Operations, their steps and their log. */
export function storeJournal(test: StoreUnderTest): void {
  describe('operations', () => {
    it('come back as they were put in; asking twice is asking once', async () => {
      const { operations } = test.store;
      const error = { code: 'quota', message: 'full' } as const;
      const one = operation({ output: { id: 1 }, error, cancel: 'keep', endedAt: 9, status: 'cancelled' });
      expect(await operations.create(one)).toEqual(one);
      expect(await operations.create({ ...one, name: 'other', input: 'other' })).toEqual(one);
      expect(await (await test.reopen()).operations.get(one.id)).toEqual(one);
      expect(await test.store.operations.get('nobody')).toBeNull();
    });

    it('follow the table of their statuses', async () => {
      const { operations } = test.store;
      const tried = await triedChanges(OPERATION_STATUSES, async (from, to) => {
        const { id } = await operations.create(operation({ status: from }));
        await operations.update(id, { status: to });
      });
      expect(tried).toEqual(allowedByTable(OPERATION_STATUSES, OPERATION_TRANSITIONS));
    });

    it.each(UNFINISHED)('hold their entity while they are %s, and say who holds it', async (status) => {
      const { operations } = test.store;
      const entity = 'machine/M';
      const holder = await operations.create(operation({ entity, status }));
      const busy = { code: 'conflict', message: expect.stringContaining(holder.id) };
      await expect(operations.create(operation({ entity }))).rejects.toMatchObject(busy);
      const failed = await operations.create(operation({ entity, status: 'failed' }));
      await expect(operations.update(failed.id, { status: 'queued' })).rejects.toMatchObject(busy);
      await operations.create(operation({ entity: 'machine/N' }));
      await operations.create(operation({ entity: null }));
      await operations.update(holder.id, { status: status === 'queued' ? 'cancelled' : 'failed' });
      expect(await operations.update(failed.id, { status: 'queued', error: null })).toMatchObject({ status: 'queued' });
    });

    it('of twenty at the same moment, one gets the entity', async () => {
      const { operations } = test.store;
      const all = Array.from({ length: 20 }, () => operations.create(operation({ entity: 'machine/M' })));
      const ends = await Promise.allSettled(all);
      const [winner, ...others] = ends.filter((end) => end.status === 'fulfilled');
      expect(others).toEqual([]);
      for (const end of ends) {
        if (end.status === 'rejected') expect(end.reason.message).toContain(winner?.value.id);
      }
    });

    it('are listed: unfinished, children, filtered, newest first, paged', async () => {
      const { operations } = test.store;
      const a = await operations.create(operation({ status: 'succeeded', entity: 'machine/M' }));
      const b = await operations.create(operation({ status: 'running', entity: 'machine/M' }));
      const c = await operations.create(operation({ status: 'cancelling', parent: b.id }));
      const d = await operations.create(operation({ parent: b.id }));
      const cases: [OperationFilter, unknown[]][] = [
        [{}, [a, b, c, d]],
        [{ newest: true, limit: 2 }, [d, c]],
        [{ newest: true, after: c.id }, [b, a]],
        [{ after: b.id, limit: 1 }, [c]],
        [{ entity: 'machine/M' }, [a, b]],
        [{ parent: b.id }, [c, d]],
        [{ parent: null }, [a, b]],
        [{ statuses: ['succeeded', 'queued'] }, [a, d]],
        [{ statuses: [] }, []],
      ];
      for (const [filter, found] of cases) expect(await operations.list(filter), JSON.stringify(filter)).toEqual(found);
      expect(await operations.unfinished()).toEqual([b, c, d]);
      expect(await operations.children(b.id)).toEqual([c, d]);
    });

    it('keep their steps, each as it was last saved, in order', async () => {
      const { operations } = test.store;
      const { id } = await operations.create(operation());
      const second = step({ operation: id, seq: 2, kind: 'act', evidence: { boot: 'b' }, progress: 'try 3' });
      await operations.saveStep(second);
      await operations.saveStep(step({ operation: id, seq: 1 }));
      const first = step({ operation: id, seq: 1, status: 'done', attempts: 2, output: [1, { a: null }], endedAt: 6 });
      await operations.saveStep(first);
      expect(await (await test.reopen()).operations.steps(id)).toEqual([first, second]);
      const stray = test.store.operations.saveStep(step({ operation: 'nobody', seq: 1 }));
      await expect(stray).rejects.toMatchObject({ code: 'conflict' });
    });

    it('keep their log in order, whatever the machine writes', async () => {
      const { operations } = test.store;
      const [a, b] = [await operations.create(operation()), await operations.create(operation())];
      const line = (id: string, text: string) => ({ operation: id, step: 's', at: 1, stream: 'stdout', text }) as const;
      await operations.appendLog([]);
      await operations.appendLog(Array.from({ length: 1200 }, (_, i) => line(a.id, `line ${i}`)));
      await operations.appendLog([line(b.id, 'other'), line(a.id, 'nul \0 and ü')]);
      const log = await operations.log(a.id);
      expect(log.map((one) => one.text)).toEqual([
        ...Array.from({ length: 1200 }, (_, i) => `line ${i}`),
        'nul \uFFFD and ü',
      ]);
      expect(log.every((one, i) => i === 0 || one.seq > (log[i - 1]?.seq ?? 0))).toBe(true);
      const after = log[1198]?.seq;
      expect(await operations.log(a.id, after)).toEqual(log.slice(1199));
      expect(await operations.log(a.id, after, 1)).toEqual(log.slice(1199, 1200));
      expect(await operations.log(b.id)).toMatchObject([{ text: 'other', step: 's', at: 1, stream: 'stdout' }]);
    });
  });
}
