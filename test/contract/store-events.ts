import { describe, expect, it } from 'vitest';
import type { NewEvent, SalternEvent } from '../../src/core/event.ts';
import type { Store } from '../../src/core/store.ts';
import type { StoreUnderTest } from './store.ts';

export function event(own: Partial<NewEvent> = {}): NewEvent {
  const actor = { kind: 'token', name: 'ci' } as const;
  return { actor, type: 'machine.status', entity: 'machine/M', operation: 'O', data: { to: 'ready', n: [1] }, ...own };
}

/** Reads on "after the last I saw" until `done`, as a stream does. */
export async function tail(store: Store, done: Promise<unknown>): Promise<SalternEvent[]> {
  const seen: SalternEvent[] = [];
  let writing = true;
  const ended = done.finally(() => {
    writing = false;
  });
  for (let last = false; !last; ) {
    last = !writing;
    seen.push(...(await store.events.after(seen.at(-1)?.id ?? 0)));
  }
  await ended;
  return seen;
}

export function storeEvents(test: StoreUnderTest): void {
  describe('events', () => {
    it('are numbered in the order of their writing, also after a restart', async () => {
      expect(await test.store.events.lastId()).toBe(0);
      const first = await test.store.events.append([event({ type: 'a' }), event({ type: 'b', entity: null })]);
      expect(await test.store.events.append([])).toEqual([]);
      const { events } = await test.reopen();
      const second = await events.append([event({ type: 'c', operation: null })]);
      const all = [...first, ...second];
      expect(all.map((one) => one.type)).toEqual(['a', 'b', 'c']);
      expect(all.every((one, i) => one.id > (all[i - 1]?.id ?? 0) && one.at > 0)).toBe(true);
      expect(await events.after(0)).toEqual(all);
      expect(await events.lastId()).toBe(all[2]?.id);
    });

    it('are read after an id, by entity, operation and type', async () => {
      const { events } = test.store;
      const [a, b, c] = await events.append([
        event(),
        event({ entity: 'machine/N', type: 'x' }),
        event({ operation: 'Q' }),
      ]);
      expect(await events.after(a?.id ?? 0)).toEqual([b, c]);
      expect(await events.after(0, {}, 2)).toEqual([a, b]);
      expect(await events.after(0, { entity: 'machine/M' })).toEqual([a, c]);
      expect(await events.after(0, { operation: 'Q' })).toEqual([c]);
      expect(await events.after(0, { type: 'x' })).toEqual([b]);
      expect(await events.after(0, { type: 'x', entity: 'machine/M' })).toEqual([]);
    });

    it('are never missed by a reader while many write', async () => {
      const { store } = test;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 25; i += 1) {
          if (i % 5 === 0) await store.transaction((tx) => tx.events.append([event({ data: { writer, i } })]));
          else await store.events.append([event({ data: { writer, i } })]);
        }
      });
      const seen = await tail(store, Promise.all(writers));
      expect(seen).toHaveLength(200);
      expect(await store.events.after(0)).toEqual(seen);
    });
  });
}
