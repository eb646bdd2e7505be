import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import pg from 'pg';
import { SalternError } from '../core/error.ts';
import type { Db, Dialect } from './dialect.ts';
import { postgresError } from './postgres-error.ts';

export interface PostgresAddress {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Holds all our tables; made when it does not exist. */
  readonly schema?: string;
}

export const DEFAULT_SCHEMA = 'saltern';

/** `pg` reads bigint as text, since it may be too large; times in ms and our row numbers are not. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => (type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format)),
};

export function postgresDialect(schema: string): Dialect {
  return {
    async serialize(transaction, name) {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`${schema}.${name}`}, 0))`.execute(transaction);
    },
    matches(text, pattern) {
      const like = pattern.replace(/[%_!]/g, '!$&').replaceAll('*', '%').replaceAll('?', '_');
      return sql`${text} like ${like} escape '!'`;
    },
  };
}

/** Kysely over a pool of connections that see only our schema. */
export function postgresKysely({ url, schema = DEFAULT_SCHEMA }: PostgresAddress): Db {
  if (!/^[a-z_][a-z0-9_]*$/.test(schema)) {
    throw new SalternError('invalid', `the PostgreSQL schema "${schema}" is not a plain name`, {
      hint: 'Use lower-case letters, digits and underscores.',
      field: 'schema',
    });
  }
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${schema}`,
    types: TYPES,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that breaks between two queries would end the process if nobody listened, in the pool or taken out of
  // it. The next query tells.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return new Kysely({ dialect: new PostgresDialect({ pool: withOurErrors(pool) }) });
}

function withOurErrors(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect().catch(rethrow);
      const query = (text: string, values: unknown[]) => client.query(text, values).catch(rethrow);
      return { query, release: (destroy?: boolean) => client.release(destroy) } as unknown as PostgresPoolClient;
    },
  };
}

function rethrow(error: unknown): never {
  throw postgresError(error);
}
