import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/core/store.ts';
import { newId } from '../../src/lib/ids.ts';
import { storeBackup } from './store-backup.ts';
import { storeEvents } from './store-events.ts';
import { storeInventory } from './store-inventory.ts';
import { storeJournal } from './store-journal.ts';
import { storeMachines } from './store-machines.ts';
import { provider, resource, token, webhook } from './store-samples.ts';

/** One empty database, to be opened once or again. */
export interface StorePlace {
  open(key?: Buffer): Promise<Store>;
  remove(): Promise<void>;
}

/** What hands the tests their store: a new one in a new place for each test. */
export interface StoreUnderTest {
  readonly place: StorePlace;
  readonly store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
}

/** What every store must do, whatever database it lies on. */
export function storeContract(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`store on ${name}`, () => {
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await newPlace();
      store = await place.open();
    });
    afterEach(async () => {
      try {
        await store.close();
      } finally {
        await place.remove();
      }
    });

    const test: StoreUnderTest = {
      get place() {
        return place;
      },
      get store() {
        return store;
      },
      async reopen() {
        await store.close();
        store = await place.open();
        return store;
      },
    };

    storeBasics(test);
    storeInventory(test);
    storeMachines(test);
    storeJournal(test);
    storeEvents(test);
    storeBackup(test);
  });
}

function storeBasics(test: StoreUnderTest): void {
  it('keeps its installation id for ever', async () => {
    const first = test.store.installation;
    expect(first).toMatch(/^[0-9A-Z]{26}$/);
    expect((await test.reopen()).installation).toBe(first);
  });

  it('takes the id of a lost installation, for ever, but only while it has nothing of its own', async () => {
    const { store } = test;
    const other = newId();
    await store.providers.insert(provider());
    await store.becomeInstallation(other);
    expect(store.installation).toBe(other);
    expect(await store.transaction(async (tx) => tx.installation)).toBe(other);
    expect((await test.reopen()).installation).toBe(other);
    await test.store.resources.insert(resource());
    const refused = { code: 'conflict', message: expect.stringContaining('machines or resources of its own') };
    await expect(test.store.becomeInstallation(newId())).rejects.toMatchObject(refused);
    expect((await test.reopen()).installation).toBe(other);
  });

  it('keeps webhooks and how far each has come', async () => {
    const { webhooks } = test.store;
    const kept = await webhooks.insert(webhook({ name: 'chat' }));
    await expect(webhooks.insert(webhook({ name: 'chat' }))).rejects.toMatchObject({ code: 'conflict' });
    await webhooks.update(kept.id, { lastEvent: 17, failures: 2, lastError: 'answered 503' });
    const now = await (await test.reopen()).webhooks.find('chat');
    expect(now).toEqual({ ...kept, lastEvent: 17, failures: 2, lastError: 'answered 503' });
    await test.store.webhooks.delete(kept.id);
    expect(await test.store.webhooks.list()).toEqual([]);
  });

  it('is refused, clearly, with another key', async () => {
    await test.store.secrets.put('a', 'b');
    await test.store.close();
    const other = test.place.open(Buffer.alloc(32, 9));
    await expect(other).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('encryption key') });
    expect(await (await test.reopen()).secrets.get('a')).toBe('b');
  });

  it('keeps secrets: put, replace, get, delete', async () => {
    const { secrets } = test.store;
    expect(await secrets.get('provider/1')).toBeNull();
    await secrets.put('provider/1', 'one');
    await secrets.put('provider/1', '');
    expect(await secrets.get('provider/1')).toBe('');
    await secrets.put('provider/1', 'zwei — 二');
    expect(await (await test.reopen()).secrets.get('provider/1')).toBe('zwei — 二');
    await test.store.secrets.delete('provider/1');
    expect(await test.store.secrets.get('provider/1')).toBeNull();
  });

  it('finds a token by its hash', async () => {
    const { tokens } = test.store;
    const known = await tokens.insert(token());
    expect(await tokens.byHash(known.hash)).toEqual(known);
    expect(await tokens.byHash('other')).toBeNull();
    await expect(tokens.insert(token({ hash: known.hash }))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('commits a transaction whole, or not at all', async () => {
    const { store } = test;
    const [kept, lost] = [provider(), provider()];
    const answer = await store.transaction(async (tx) => {
      await tx.providers.insert(kept);
      await tx.secrets.put('kept', 'x');
      await tx.transaction((inner) => inner.events.append([EVENT]));
      return 42;
    });
    expect(answer).toBe(42);
    const broken = store.transaction(async (tx) => {
      await tx.providers.insert(lost);
      await tx.secrets.put('lost', 'x');
      await tx.transaction((inner) => inner.events.append([EVENT]));
      throw new Error('half-way');
    });
    await expect(broken).rejects.toThrow('half-way');
    expect(await store.providers.list()).toEqual([kept]);
    expect([await store.secrets.get('kept'), await store.secrets.get('lost')]).toEqual(['x', null]);
    expect(await store.events.after(0)).toHaveLength(1);
  });

  it('lets calls from outside wait for a transaction, and shows them nothing half-done', async () => {
    const { store } = test;
    let outside: Promise<unknown> = Promise.resolve();
    await store.transaction(async (tx) => {
      await tx.providers.insert(provider({ name: 'a' }));
      outside = store.providers.list().then((rows) => rows.length);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tx.providers.insert(provider({ name: 'b' }));
    });
    expect([0, 2]).toContain(await outside);
    expect(await store.providers.list()).toHaveLength(2);
  });
}

const EVENT = {
  actor: { kind: 'controller', name: 'test' },
  type: 't',
  entity: null,
  operation: null,
  data: {},
} as const;
