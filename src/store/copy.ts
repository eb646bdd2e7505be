import { sql } from 'kysely';
import { type Db, type UntypedDb, untyped } from './dialect.ts';
import type { Tables } from './schema.ts';

/** Every table with its key, those that others refer to first. */
const KEYS = {
  settings: ['name'],
  secrets: ['name'],
  tokens: ['id'],
  webhooks: ['id'],
  providers: ['id'],
  profiles: ['id'],
  machines: ['id'],
  resources: ['id'],
  operations: ['id'],
  steps: ['operation', 'seq'],
  log: ['seq'],
  events: ['id'],
} as const satisfies { [T in keyof Tables]: readonly (keyof Tables[T])[] };

/** Rows per statement. */
const BATCH = 200;

/** Copies all rows of one database into another, empty one with the same tables. */
export async function copyTables(from: Db, to: Db): Promise<void> {
  for (const [table, key] of Object.entries(KEYS)) await copyTable(untyped(from), untyped(to), table, key);
}

async function copyTable(from: UntypedDb, to: UntypedDb, table: string, key: readonly string[]): Promise<void> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const page = from.selectFrom(table).selectAll().orderBy(sql`${columns}`).limit(BATCH);
  let rows = await page.execute();
  for (let last = rows.at(-1); last; last = rows.at(-1)) {
    await to.insertInto(table).values(rows).execute();
    const values = sql.join(key.map((column) => last?.[column]));
    rows = await page.where(sql<boolean>`(${columns}) > (${values})`).execute();
  }
}
