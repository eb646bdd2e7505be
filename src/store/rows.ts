import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { SalternError } from '../core/error.ts';
import { assertTransition, type Transitions } from '../core/status.ts';
import type { NamedTable, Table } from '../core/store.ts';
import { isId } from '../lib/ids.ts';
import { ConstraintError, type Db, untyped } from './dialect.ts';
import { decode, type Entities, encode, type Tables } from './schema.ts';

type TableWith<Property extends string> = {
  [T in keyof Entities]: Entities[T] extends { readonly [K in Property]: string } ? T : never;
}[keyof Entities];

interface RowOptions {
  /** What people call one row: `machine`. */
  readonly noun: string;
  /** The statuses and what each may become: `update` refuses, with `conflict`, what the table does not allow. */
  readonly transitions?: Transitions<string>;
}

/** The five verbs that every table with an id shares. `list` is in id order. */
export function createRows<T extends TableWith<'id'>>(db: Db, table: T, options: RowOptions): Table<Entities[T]> {
  type Row = Entities[T];
  const { noun, transitions } = options;
  const rows = untyped(db);
  const name: string = table;
  const toEntity = (row: Record<string, unknown>) => decode(table, row as Tables[T]);

  const taken = (row: object) => `there is already a ${noun} ${label(row)}`;

  async function get(id: string): Promise<Row | null> {
    const row = await rows.selectFrom(name).selectAll().where('id', '=', id).executeTakeFirst();
    return row ? toEntity(row) : null;
  }

  return {
    get,

    async list() {
      return (await rows.selectFrom(name).selectAll().orderBy('id').execute()).map(toEntity);
    },

    async insert(row) {
      const result = await rows
        .insertInto(name)
        .values(encode(table, row))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
        .catch(reword(`${noun} ${label(row)} names something that does not exist`));
      if (result.numInsertedOrUpdatedRows === 0n) {
        throw new SalternError('conflict', taken(row));
      }
      return row;
    },

    async update(id, patch) {
      const set: Record<string, unknown> = encode(table, { ...(patch as Partial<Row>), id: undefined });
      const status = typeof set['status'] === 'string' && transitions ? set['status'] : null;
      if (Object.keys(set).length > 0) {
        let query = rows.updateTable(name).set(set).where('id', '=', id);
        // Check and write are one statement: nobody can come between them.
        if (transitions && status) query = query.where('status', 'in', statusesBefore(transitions, status));
        const refused = 'name' in patch ? taken(patch) : `${noun} ${id} cannot change so: another one is in the way`;
        const row = await query.returningAll().executeTakeFirst().catch(reword(refused));
        if (row) return toEntity(row);
      }
      const present = await get(id);
      if (!present) throw new SalternError('not_found', `there is no ${noun} ${id}`);
      if (!transitions || !status) return present;
      assertTransition(transitions, `${noun} ${label(present)}`, String(Reflect.get(present, 'status')), status);
      throw new SalternError('conflict', `${noun} ${label(present)} changed at the same moment`, { retry: true });
    },

    async delete(id) {
      await rows
        .deleteFrom(name)
        .where('id', '=', id)
        .execute()
        .catch(reword(`${noun} ${id} is still in use`));
    },
  };
}

/** The same, for rows that people also know by a unique name. */
export function createNamedRows<T extends TableWith<'id'> & TableWith<'name'>>(
  db: Db,
  table: T,
  options: RowOptions,
): NamedTable<Entities[T]> {
  const rows = createRows(db, table, options);
  const name: string = table;
  return {
    ...rows,
    async find(nameOrId) {
      const byId = isId(nameOrId) ? await rows.get(nameOrId) : null;
      if (byId) return byId;
      const row = await untyped(db).selectFrom(name).selectAll().where('name', '=', nameOrId).executeTakeFirst();
      return row ? decode(table, row as Tables[T]) : null;
    },
  };
}

/** A condition that PostgreSQL takes for an empty list too: no row fits it. */
export function anyStatus(statuses: readonly string[]): RawBuilder<SqlBool> {
  return statuses.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`status in (${sql.join(statuses)})`;
}

function statusesBefore(transitions: Transitions<string>, to: string): string[] {
  return Object.keys(transitions).filter((from) => from === to || transitions[from]?.includes(to));
}

/** What people know a row by. */
function label(row: object): string {
  return String(Reflect.get(row, 'name') ?? Reflect.get(row, 'id'));
}

/** Says a refused write in the words of what was tried. */
function reword(message: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof ConstraintError ? new SalternError('conflict', message, { cause: error }) : error;
  };
}
