import type { Store } from '../core/store.ts';
import type { Clock } from '../lib/clock.ts';
import { vacuumInto } from './backup.ts';
import { createCipher } from './cipher.ts';
import { migrate } from './migrate.ts';
import { readInstallation } from './settings.ts';
import { openSqlite, sqliteDialect, sqliteKysely } from './sqlite-connection.ts';
import { createStore } from './store.ts';

export interface SqliteOptions {
  /** Made, with mode 0600, when it does not exist. SQLite's names for a database that no file holds are refused. */
  readonly file: string;
  /** 32 bytes, from `loadKey`. */
  readonly key: Buffer;
  readonly clock: Clock;
}

/**
 * Opens the store of one controller (hold `lockDataDir` first). A write that resolved survives power loss.
 * Errors: `invalid` for another key, `unsupported` for a newer version's file, `unavailable` for one that cannot be used.
 */
export async function openSqliteStore({ file, key, clock }: SqliteOptions): Promise<Store> {
  const database = openSqlite(file);
  const db = sqliteKysely(database);
  try {
    const where = `the database ${file}`;
    await migrate(db, where);
    const cipher = createCipher(key);
    const installation = await readInstallation(db, cipher, where);
    return createStore(db, {
      dialect: sqliteDialect,
      cipher,
      clock,
      identity: { installation },
      backup: (path) => vacuumInto(database, path, clock.now()),
      close: () => db.destroy(),
    });
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
