import type Database from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';

/** Runs one statement now, with errors in our words. */
export type Execute = (text: string, values: readonly unknown[]) => QueryResult<unknown>;

interface Write {
  readonly run: () => QueryResult<unknown>;
  resolve(result: QueryResult<unknown>): void;
  reject(error: unknown): void;
}

/**
 * Writes asked for in the same turn of the event loop share one commit, so that many operations at once wait for the disk
 * once. Each resolves when it is on disk, as before. A transaction has the database to itself; all take their turns in the
 * order they came.
 */
export class GroupCommitDriver implements Driver {
  readonly #database: Database.Database;
  readonly #execute: Execute;
  /** Ends the turn of the connection that is in a transaction. */
  readonly #ends = new WeakMap<DatabaseConnection, () => void>();
  /** Resolves when the transactions begun or waiting so far have ended; null when there is none. */
  #turn: Promise<void> | null = null;
  #writes: Write[] = [];
  #timer: NodeJS.Immediate | null = null;

  constructor(database: Database.Database, execute: Execute) {
    this.#database = database;
    this.#execute = execute;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const connection: DatabaseConnection = {
      executeQuery: async <R>(query: CompiledQuery) => (await this.#query(connection, query)) as QueryResult<R>,
      streamQuery: () => {
        throw new TypeError('the store reads no streams');
      },
    };
    return connection;
  }

  async #query(connection: DatabaseConnection, { sql, parameters }: CompiledQuery): Promise<QueryResult<unknown>> {
    if (this.#ends.has(connection)) return this.#execute(sql, parameters);
    if (this.#turn) await this.#turn;
    if (sql.startsWith('select')) return this.#execute(sql, parameters);
    return new Promise((resolve, reject) => {
      this.#writes.push({ run: () => this.#execute(sql, parameters), resolve, reject });
      this.#timer ??= setImmediate(() => this.#flush());
    });
  }

  /** A statement that is refused takes only itself back; when the commit fails, nothing was written. */
  #flush(): void {
    if (this.#timer) clearImmediate(this.#timer);
    this.#timer = null;
    const writes = this.#writes;
    this.#writes = [];
    if (writes.length === 0) return;
    const ended: (() => void)[] = [];
    try {
      this.#execute('begin', []);
      for (const { run, resolve, reject } of writes) {
        try {
          const result = run();
          ended.push(() => resolve(result));
        } catch (error) {
          // SQLite has taken back everything by itself: the disk is full, or worse.
          if (!this.#database.inTransaction) throw error;
          ended.push(() => reject(error));
        }
      }
      this.#execute('commit', []);
    } catch (error) {
      if (this.#database.inTransaction) this.#execute('rollback', []);
      for (const { reject } of writes) reject(error);
      return;
    }
    for (const end of ended) end();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    const turn = before ? before.then(() => promise) : promise;
    this.#turn = turn;
    if (before) await before;
    this.#flush();
    this.#ends.set(connection, () => {
      this.#ends.delete(connection);
      if (this.#turn === turn) this.#turn = null;
      resolve();
    });
    try {
      this.#execute('begin', []);
    } catch (error) {
      this.#ends.get(connection)?.();
      throw error;
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    this.#execute('commit', []);
    this.#ends.get(connection)?.();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      this.#execute('rollback', []);
    } finally {
      this.#ends.get(connection)?.();
    }
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#flush();
    this.#database.close();
  }
}
