import type { Expression, Kysely, RawBuilder, SqlBool } from 'kysely';
import { SalternError } from '../core/error.ts';
import type { Tables } from './schema.ts';

export type Db = Kysely<Tables>;

/** Kysely cannot follow a table's name in a variable. Only for code that takes whole rows from like to like. */
export type UntypedDb = Kysely<Record<string, Record<string, unknown>>>;

export function untyped(db: Db): UntypedDb {
  return db as unknown as UntypedDb;
}

/** What the two databases do not say in the same words. All other queries are the same text on both. */
export interface Dialect {
  /**
   * Holds everybody else with the same name back until this transaction has ended. With it, numbers given out inside
   * become visible in their order.
   */
  serialize(transaction: Db, name: string): Promise<void>;
  /** Whether a text fits a pattern of `*` and `?`, letter case respected. */
  matches(text: Expression<string>, pattern: string): RawBuilder<SqlBool>;
}

/** Runs in a transaction of its own, or in the one that `db` already is. */
export function inTransaction<T>(db: Db, work: (transaction: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/** Thrown by both connections when a unique index or a reference refuses a write. */
export class ConstraintError extends SalternError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('conflict', `the database refuses the write: ${reason}`, { cause });
  }
}
