import type { Store } from '../core/store.ts';
import type { Clock } from '../lib/clock.ts';
import { copyIntoSqlite } from './backup.ts';
import { createCipher } from './cipher.ts';
import { migrate } from './migrate.ts';
import { DEFAULT_SCHEMA, type PostgresAddress, postgresDialect, postgresKysely } from './postgres-connection.ts';
import { readInstallation } from './settings.ts';
import { createStore } from './store.ts';

export interface PostgresOptions extends PostgresAddress {
  /** 32 bytes, from `loadKey`. */
  readonly key: Buffer;
  readonly clock: Clock;
}

/** The same store on PostgreSQL 15 or later. Errors as in `openSqliteStore`. */
export async function openPostgresStore({ url, schema = DEFAULT_SCHEMA, key, clock }: PostgresOptions): Promise<Store> {
  const db = postgresKysely({ url, schema });
  try {
    const where = `the PostgreSQL schema ${schema}`;
    await migrate(db, where, schema);
    const cipher = createCipher(key);
    const installation = await readInstallation(db, cipher, where);
    return createStore(db, {
      dialect: postgresDialect(schema),
      cipher,
      clock,
      identity: { installation },
      backup: (path) => copyIntoSqlite(db, path, clock.now()),
      close: () => db.destroy(),
    });
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
