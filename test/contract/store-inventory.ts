import { describe, expect, it } from 'vitest';
import { RESOURCE_STATUSES, RESOURCE_TRANSITIONS } from '../../src/core/resource.ts';
import type { StoreUnderTest } from './store.ts';
import { profile, provider, resource } from './store-samples.ts';
import { allowedByTable, triedChanges } from './store-transitions.ts';

/** Providers, profiles and the ledger. */
export function storeInventory(test: StoreUnderTest): void {
  describe('providers and profiles', () => {
    it('come back as they were put in', async () => {
      const { providers, profiles } = test.store;
      const bare = { scope: null, checkedAt: null, limits: {}, statusReason: 'not asked yet' };
      const written = [provider(), provider({ ...bare, status: 'unchecked' })];
      for (const one of written) expect(await providers.insert(one)).toEqual(one);
      const kept = await profiles.insert(profile({ provider: written[0]?.id ?? '' }));
      await test.reopen();
      expect(await test.store.providers.list()).toEqual(written);
      expect(await test.store.profiles.get(kept.id)).toEqual(kept);
    });

    it('are found by id and by name', async () => {
      const { providers } = test.store;
      const one = await providers.insert(provider({ name: 'paris' }));
      const namedLikeAnId = await providers.insert(provider({ name: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }));
      expect(await providers.find('paris')).toEqual(one);
      expect(await providers.find(one.id)).toEqual(one);
      expect(await providers.find(namedLikeAnId.name)).toEqual(namedLikeAnId);
      expect([await providers.find('london'), await providers.get('paris')]).toEqual([null, null]);
    });

    it('have names of their own', async () => {
      const { providers } = test.store;
      await providers.insert(provider({ name: 'paris' }));
      const other = await providers.insert(provider({ name: 'london' }));
      const conflict = { code: 'conflict', message: expect.stringContaining('provider paris') };
      await expect(providers.insert(provider({ name: 'paris' }))).rejects.toMatchObject(conflict);
      await expect(providers.update(other.id, { name: 'paris' })).rejects.toMatchObject({ code: 'conflict' });
      expect((await providers.get(other.id))?.name).toBe('london');
    });

    it('change only what the patch says', async () => {
      const { providers } = test.store;
      const one = await providers.insert(provider());
      const after = await providers.update(one.id, { status: 'unknown', scope: null, settings: { zone: 'nl-ams-1' } });
      expect(after).toEqual({ ...one, status: 'unknown', scope: null, settings: { zone: 'nl-ams-1' } });
      expect(await providers.update(one.id, {})).toEqual(after);
      await expect(providers.update('nobody', { status: 'ok' })).rejects.toMatchObject({ code: 'not_found' });
    });

    it('keep a provider that a profile names', async () => {
      const { providers, profiles } = test.store;
      const one = await providers.insert(provider());
      const named = await profiles.insert(profile({ provider: one.id }));
      await expect(providers.delete(one.id)).rejects.toMatchObject({ code: 'conflict' });
      await expect(profiles.insert(profile({ provider: 'nobody' }))).rejects.toMatchObject({ code: 'conflict' });
      await profiles.delete(named.id);
      await providers.delete(one.id);
      expect(await providers.list()).toEqual([]);
    });
  });

  describe('the ledger', () => {
    it('follows the table of its statuses', async () => {
      const { resources } = test.store;
      const tried = await triedChanges(RESOURCE_STATUSES, async (from, to) => {
        const { id } = await resources.insert(resource({ status: from }));
        await resources.update(id, { status: to });
      });
      expect(tried).toEqual(allowedByTable(RESOURCE_STATUSES, RESOURCE_TRANSITIONS));
    });

    it('is searched by provider, machine and status', async () => {
      const { resources } = test.store;
      const a = await resources.insert(resource({ machine: 'M', status: 'exists' }));
      const b = await resources.insert(resource({ machine: 'M', status: 'gone', parent: a.id, kind: 'volume' }));
      const c = await resources.insert(resource({ provider: 'Q', status: 'attempted', attemptedAt: 7 }));
      expect(await resources.list()).toEqual([a, b, c]);
      expect(await resources.list({ machine: 'M' })).toEqual([a, b]);
      expect(await resources.list({ provider: 'Q' })).toEqual([c]);
      expect(await resources.list({ statuses: ['exists', 'attempted'] })).toEqual([a, c]);
      expect(await resources.list({ statuses: [] })).toEqual([]);
    });

    it('knows a native id, the living row before those that are gone', async () => {
      const { resources } = test.store;
      const row = { nativeId: 'n-1', status: 'gone' } as const;
      await resources.insert(resource(row));
      const newest = await resources.insert(resource(row));
      expect(await resources.byNativeId('P', 'instance', 'n-1')).toEqual(newest);
      const living = await resources.insert(resource({ ...row, status: 'exists' }));
      await resources.insert(resource(row));
      expect(await resources.byNativeId('P', 'instance', 'n-1')).toEqual(living);
      expect(await resources.byNativeId('P', 'volume', 'n-1')).toBeNull();
      expect(await resources.byNativeId('Q', 'instance', 'n-1')).toBeNull();
    });
  });
}
