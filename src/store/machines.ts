import { type SelectQueryBuilder, sql } from 'kysely';
import { MACHINE_TRANSITIONS, type MachineStatus } from '../core/machine.ts';
import type { MachineFilter, MachineTable } from '../core/store.ts';
import { isId } from '../lib/ids.ts';
import type { Db, Dialect } from './dialect.ts';
import { anyStatus, createRows } from './rows.ts';
import { decode, type Tables } from './schema.ts';

/** Written out, not bound, so that the partial indexes can serve it. */
const DESTROYED = sql.lit<MachineStatus>('destroyed');

export function createMachines(db: Db, dialect: Dialect): MachineTable {
  const rows = createRows(db, 'machines', { noun: 'machine', transitions: MACHINE_TRANSITIONS });

  function where<O>(query: SelectQueryBuilder<Tables, 'machines', O>, filter: MachineFilter) {
    const { provider, profile, map, statuses, name, after } = filter;
    let narrowed = query;
    if (provider !== undefined) narrowed = narrowed.where('provider', '=', provider);
    if (profile !== undefined) narrowed = narrowed.where('profile', '=', profile);
    if (map !== undefined) narrowed = narrowed.where('map', '=', map);
    if (statuses !== undefined) narrowed = narrowed.where(anyStatus(statuses));
    else if (!filter.destroyed) narrowed = narrowed.where('status', '<>', DESTROYED);
    if (name !== undefined) narrowed = narrowed.where((eb) => dialect.matches(eb.ref('name'), name));
    if (after !== undefined) narrowed = narrowed.where('id', '>', after);
    return narrowed;
  }

  return {
    ...rows,

    async find(nameOrId) {
      const byId = isId(nameOrId) ? await rows.get(nameOrId) : null;
      if (byId) return byId;
      const present = db.selectFrom('machines').selectAll().where('status', '<>', DESTROYED);
      const row = await present.where('name', '=', nameOrId).executeTakeFirst();
      return row ? decode('machines', row) : null;
    },

    async list(filter = {}) {
      let query = where(db.selectFrom('machines').selectAll(), filter).orderBy('id');
      if (filter.limit !== undefined) query = query.limit(filter.limit);
      return (await query.execute()).map((row) => decode('machines', row));
    },

    async count(filter = {}) {
      const count = db.selectFrom('machines').select((eb) => eb.fn.countAll<number>().as('n'));
      return (await where(count, filter).executeTakeFirstOrThrow()).n;
    },
  };
}
