import { sql } from 'kysely';
import { type Db, type Dialect, inTransaction } from './dialect.ts';

/** Rows per insert: PostgreSQL and SQLite take at most some 32,000 values in a statement. */
const BATCH = 500;

/**
 * Appends rows numbered on from the table's highest number, in order, and returns them numbered.
 *
 * Numbers are given out under a lock that is held until the transaction ends, so a reader that has seen a number never
 * finds a lower one afterwards: no reader that goes on "after the last I saw" misses a row. A sequence would not do: it
 * gives out numbers before their transactions commit. The price: of several transactions that append, one goes on after
 * the other has ended; append late in a transaction.
 */
export function appendNumbered<Row extends object, Key extends string>(
  db: Db,
  dialect: Dialect,
  table: 'events' | 'log',
  key: Key,
  rows: readonly Row[],
  write: (transaction: Db, numbered: (Row & Record<Key, number>)[]) => Promise<unknown>,
): Promise<(Row & Record<Key, number>)[]> {
  return inTransaction(db, async (transaction) => {
    await dialect.serialize(transaction, table);
    const highest = sql<{ n: number | null }>`select max(${sql.ref(key)}) as n from ${sql.table(table)}`;
    const {
      rows: [last],
    } = await highest.execute(transaction);
    const first = (last?.n ?? 0) + 1;
    const numbered = rows.map((row, index) => ({ ...row, [key]: first + index }) as Row & Record<Key, number>);
    for (let i = 0; i < numbered.length; i += BATCH) await write(transaction, numbered.slice(i, i + BATCH));
    return numbered;
  });
}
