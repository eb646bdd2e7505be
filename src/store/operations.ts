import { sql } from 'kysely';
import { SalternError } from '../core/error.ts';
import { OPERATION_TRANSITIONS, type OperationRecord, UNFINISHED } from '../core/operation.ts';
import type { OperationTable } from '../core/store.ts';
import type { Db, Dialect } from './dialect.ts';
import { appendNumbered } from './numbered.ts';
import { anyStatus, createRows } from './rows.ts';
import { decode, encode, type Tables } from './schema.ts';

/** Written out, not bound, so that the partial indexes can serve it. */
const IS_UNFINISHED = sql<boolean>`status in (${sql.join(UNFINISHED.map((status) => sql.lit(status)))})`;

/** The journal: operations, their steps and their log. */
export function createOperations(db: Db, dialect: Dialect): OperationTable {
  const { get, update } = createRows(db, 'operations', { noun: 'operation', transitions: OPERATION_TRANSITIONS });

  async function busyWith(entity: string | null, except: string): Promise<OperationRecord | null> {
    if (entity === null) return null;
    const query = db.selectFrom('operations').selectAll().where('entity', '=', entity).where(IS_UNFINISHED);
    const row = await query.where('id', '<>', except).executeTakeFirst();
    return row ? decode('operations', row) : null;
  }

  return {
    get,
    ...journalLists(db),
    ...journalSteps(db),
    ...journalLog(db, dialect),

    async create(record) {
      const row = encode('operations', record) as Tables['operations'];
      const insert = db.insertInto('operations').values(row);
      const result = await insert.onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
      if (result.numInsertedOrUpdatedRows !== 0n) return record;
      const present = await get(record.id);
      if (present) return present;
      throw busy(record.entity, await busyWith(record.entity, record.id));
    },

    /** A finished operation that is queued again must find its entity free: the index rules, the look names the other. */
    async update(id, patch) {
      const present = patch.status === 'queued' ? await get(id) : null;
      const other = present && (await busyWith(present.entity, id));
      if (other) throw busy(other.entity, other);
      return update(id, patch);
    },
  };
}

function busy(entity: string | null, other: OperationRecord | null): SalternError {
  const who = other ? `operation ${other.id} (${other.name}, ${other.status})` : 'another operation';
  const hint = other ? `Wait for it, or cancel it: saltern operation cancel ${other.id}` : 'Try again.';
  return new SalternError('conflict', `${who} is at work on ${entity}`, { hint, retry: other === null });
}

function journalLists(db: Db): Pick<OperationTable, 'list' | 'unfinished' | 'children'> {
  const operations = () => db.selectFrom('operations').selectAll();
  return {
    async list({ statuses, entity, parent, newest, after, limit } = {}) {
      let query = operations().orderBy('id', newest ? 'desc' : 'asc');
      if (statuses !== undefined) query = query.where(anyStatus(statuses));
      if (entity !== undefined) query = query.where('entity', '=', entity);
      if (parent !== undefined) query = query.where('parent', parent === null ? 'is' : '=', parent);
      if (after !== undefined) query = query.where('id', newest ? '<' : '>', after);
      if (limit !== undefined) query = query.limit(limit);
      return (await query.execute()).map((row) => decode('operations', row));
    },

    async unfinished() {
      const rows = await operations().where(IS_UNFINISHED).orderBy('id').execute();
      return rows.map((row) => decode('operations', row));
    },

    async children(parent) {
      const rows = await operations().where('parent', '=', parent).orderBy('id').execute();
      return rows.map((row) => decode('operations', row));
    },
  };
}

function journalSteps(db: Db): Pick<OperationTable, 'steps' | 'saveStep'> {
  return {
    async steps(operation) {
      const query = db.selectFrom('steps').selectAll().where('operation', '=', operation);
      return (await query.orderBy('seq').execute()).map((row) => decode('steps', row));
    },

    async saveStep(step) {
      const row = encode('steps', step) as Tables['steps'];
      await db
        .insertInto('steps')
        .values(row)
        .onConflict((conflict) => conflict.columns(['operation', 'seq']).doUpdateSet(row))
        .execute();
    },
  };
}

function journalLog(db: Db, dialect: Dialect): Pick<OperationTable, 'log' | 'appendLog'> {
  return {
    async appendLog(lines) {
      if (lines.length === 0) return;
      await appendNumbered(db, dialect, 'log', 'seq', lines, (transaction, batch) =>
        transaction
          .insertInto('log')
          .values(batch.map((line) => encode('log', line) as Tables['log']))
          .execute(),
      );
    },

    async log(operation, after, limit) {
      let query = db.selectFrom('log').selectAll().where('operation', '=', operation).orderBy('seq');
      if (after !== undefined) query = query.where('seq', '>', after);
      if (limit !== undefined) query = query.limit(limit);
      return query.execute();
    },
  };
}
