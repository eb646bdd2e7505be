import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import {
  type Driver,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
  sql,
} from 'kysely';
import { SalternError } from '../core/error.ts';
import type { Db, Dialect } from './dialect.ts';
import { GroupCommitDriver } from './group-commit.ts';
import { sqliteError } from './sqlite-error.ts';

/** "SALT" in the file's header: says whose file it is (https://www.sqlite.org/fileformat.html, application id). */
const APPLICATION_ID = 0x53414c54;

/** What SQLite keeps in memory or deletes at the end (https://www.sqlite.org/inmemorydb.html). */
const NO_FILE = /^(:memory:|\s*|file:.*)$/i;

/** How long (ms) to wait, with the process standing still, for another process that holds the file. */
const BUSY_TIMEOUT = 5000;

/** SQLite has one writer, whose transactions follow each other: numbers need no lock of their own. */
export const sqliteDialect: Dialect = {
  async serialize() {},
  matches: (text, pattern) => sql`${text} glob ${pattern.replaceAll('[', '[[]')}`,
};

/**
 * Opens a file of ours for writing; makes it, readable by its owner alone, when it does not exist. `invalid` for SQLite's
 * names of databases without a file: what was written there would be lost.
 */
export function openSqlite(file: string): Database.Database {
  if (NO_FILE.test(file)) {
    throw new SalternError('invalid', `"${file}" names no file for the database`, { hint: 'Name a path on a disk.' });
  }
  return sqliteErrors(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    const database = new Database(file, { timeout: BUSY_TIMEOUT });
    try {
      assertOurs(database);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      database.pragma(`application_id = ${APPLICATION_ID}`);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Throws `invalid` when the file is not empty and not ours. */
export function assertOurs(database: Database.Database): void {
  const empty = database.prepare('select count(*) from sqlite_schema').pluck().get() === 0;
  if (empty || database.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  throw new SalternError('invalid', `${database.name} is not a database of Saltern`, { hint: 'Name another file.' });
}

/** Kysely over an open database. */
export function sqliteKysely(database: Database.Database): Db {
  return new Kysely({ dialect: new TransactionalSqlite(database) });
}

/** SQLite's DDL is transactional; knowing that, Kysely migrates all or nothing. */
class TransactionalSqlite extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database: connection(database) });
    this.#database = database;
  }

  override createDriver(): Driver {
    const { prepare } = connection(this.#database);
    return new GroupCommitDriver(this.#database, (text, values) => {
      const statement = prepare(text);
      if (statement.reader) return { rows: statement.all(values) };
      const { changes, lastInsertRowid } = statement.run(values);
      return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] };
    });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  /** The driver lets them take turns. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Inserts of many rows have a text for each number of rows; beyond this many texts, each is prepared anew. */
const MOST_PREPARED = 1000;

/** What Kysely runs its statements on: each prepared once, its errors in our words. */
function connection(database: Database.Database): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();

  function prepare(text: string): SqliteStatement {
    const statement = database.prepare<unknown[]>(text);
    return {
      reader: statement.reader,
      all: (values) => sqliteErrors(database.name, () => statement.all(...values)),
      run: (values) => sqliteErrors(database.name, () => statement.run(...values)),
      iterate: (values) => statement.iterate(...values),
    };
  }

  return {
    prepare(text) {
      // SQLite has rolled back by itself when the disk was full; a second rollback would hide the first error.
      if (text === 'rollback' && !database.inTransaction) return NOTHING;
      const present = prepared.get(text);
      if (present) return present;
      // Takes the write lock at once: a transaction that read first could find the lock taken when it writes.
      const actual = text === 'begin' ? 'begin immediate' : text;
      const statement = sqliteErrors(database.name, () => prepare(actual));
      if (prepared.size < MOST_PREPARED) prepared.set(text, statement);
      return statement;
    },
    close: () => database.close(),
  };
}

const NOTHING: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};

/** Does the work; errors of SQLite leave it in our words. */
export function sqliteErrors<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqliteError(error, file);
  }
}
