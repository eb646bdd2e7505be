import type { EventTable } from '../core/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Db, Dialect } from './dialect.ts';
import { appendNumbered } from './numbered.ts';
import { decode, encode, type Tables } from './schema.ts';

/** The newest event is never deleted: the next id follows from it. */
export function createEvents(db: Db, dialect: Dialect, clock: Clock): EventTable {
  return {
    async append(events) {
      if (events.length === 0) return [];
      const at = clock.now();
      const stamped = events.map((event) => ({ ...event, at }));
      return appendNumbered(db, dialect, 'events', 'id', stamped, (transaction, batch) => {
        const rows = batch.map((event) => encode('events', event) as Tables['events']);
        return transaction.insertInto('events').values(rows).execute();
      });
    },

    async after(id, filter = {}, limit) {
      let query = db.selectFrom('events').selectAll().where('id', '>', id).orderBy('id');
      if (filter.entity !== undefined) query = query.where('entity', '=', filter.entity);
      if (filter.operation !== undefined) query = query.where('operation', '=', filter.operation);
      if (filter.type !== undefined) query = query.where('type', '=', filter.type);
      if (limit !== undefined) query = query.limit(limit);
      return (await query.execute()).map((row) => decode('events', row));
    },

    async lastId() {
      const { last } = await db
        .selectFrom('events')
        .select((eb) => eb.fn.max('id').as('last'))
        .executeTakeFirstOrThrow();
      return last ?? 0;
    },
  };
}
