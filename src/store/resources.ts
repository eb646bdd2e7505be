import { RESOURCE_TRANSITIONS } from '../core/resource.ts';
import type { ResourceTable } from '../core/store.ts';
import type { Db } from './dialect.ts';
import { anyStatus, createRows } from './rows.ts';

/** The ledger. */
export function createResources(db: Db): ResourceTable {
  return {
    ...createRows(db, 'resources', { noun: 'resource', transitions: RESOURCE_TRANSITIONS }),

    async list({ provider, machine, statuses } = {}) {
      let query = db.selectFrom('resources').selectAll().orderBy('id');
      if (provider !== undefined) query = query.where('provider', '=', provider);
      if (machine !== undefined) query = query.where('machine', '=', machine);
      if (statuses !== undefined) query = query.where(anyStatus(statuses));
      return query.execute();
    },

    async byNativeId(provider, kind, nativeId) {
      const row = await db
        .selectFrom('resources')
        .selectAll()
        .where('provider', '=', provider)
        .where('kind', '=', kind)
        .where('nativeId', '=', nativeId)
        // A backend may give an id again: the living row comes before those that are gone, the newest of these first.
        .orderBy((eb) => eb.case().when('status', '=', 'gone').then(1).else(0).end())
        .orderBy('id', 'desc')
        .executeTakeFirst();
      return row ?? null;
    },
  };
}
