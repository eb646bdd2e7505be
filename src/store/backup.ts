import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { SalternError } from '../core/error.ts';
import { copyTables } from './copy.ts';
import type { Db } from './dialect.ts';
import { hasCode, sync, writePrivate } from './files.ts';
import { migrate } from './migrate.ts';
import { openSqlite, sqliteErrors, sqliteKysely } from './sqlite-connection.ts';

/** The setting that only a backup has. */
export const BACKUP = 'backup';

const NOTE = 'Secrets in this file are encrypted. The key is not in it: keep the key file apart, both are needed.';

/** A whole copy of an SQLite store in one file. The process stands still meanwhile. */
export function vacuumInto(database: Database.Database, path: string, now: number): Promise<void> {
  return writeBackup(path, now, async () => {
    sqliteErrors(path, () => database.prepare('vacuum into ?').run(path));
  });
}

/** The same file from PostgreSQL, of one moment. */
export function copyIntoSqlite(from: Db, path: string, now: number): Promise<void> {
  return writeBackup(path, now, async () => {
    const to = sqliteKysely(openSqlite(path));
    try {
      await migrate(to, path);
      const oneMoment = from.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
      await oneMoment.execute((source) => to.transaction().execute((target) => copyTables(source, target)));
    } finally {
      await to.destroy();
    }
  });
}

/** Takes the path for us alone (mode 0600), has it filled, and puts it on disk; leaves nothing when that fails. */
async function writeBackup(path: string, now: number, fill: () => Promise<void>): Promise<void> {
  reserve(path);
  try {
    await fill();
    const copy = openSqlite(path);
    copy.prepare('replace into settings values (?, ?)').run(BACKUP, JSON.stringify({ at: now, note: NOTE }));
    copy.pragma('journal_mode = DELETE'); // one file, nothing beside it
    copy.close();
    sync(path);
    sync(dirname(path));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function reserve(path: string): void {
  try {
    writePrivate(path, '');
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) {
      throw new SalternError('conflict', `${path} exists already`, { hint: 'Name a new file.', cause });
    }
    throw new SalternError('unavailable', `the backup ${path} cannot be written: ${String(cause)}`, {
      hint: 'Check that its directory exists and that you may write there.',
      cause,
    });
  }
}
