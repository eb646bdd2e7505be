import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { SalternError } from '../core/error.ts';
import { newId } from '../lib/ids.ts';
import { BACKUP } from './backup.ts';
import { copyTables } from './copy.ts';
import type { Db } from './dialect.ts';
import { sync } from './files.ts';
import { assertKnown, migrate } from './migrate.ts';
import { DEFAULT_SCHEMA, type PostgresAddress, postgresKysely } from './postgres-connection.ts';
import type { Tables } from './schema.ts';
import { assertOurs, sqliteErrors, sqliteKysely } from './sqlite-connection.ts';

/** What a backup holds, for people to judge whether it is the one they meant. */
export interface BackupFacts {
  readonly installation: string;
  /** When it was made, in ms; null for a plain copy of a database file. */
  readonly madeAt: number | null;
  readonly machines: number;
  readonly operations: number;
  /** Encrypted with the key of that time, which is not in the backup. */
  readonly secrets: number;
}

/**
 * Puts a backup in place as the database file. `conflict` when there is one, unless forced: then that one is moved
 * aside and its new name returned. No controller may run meanwhile (hold `lockDataDir`).
 */
export async function restoreSqlite(
  backupFile: string,
  targetFile: string,
  { force = false } = {},
): Promise<BackupFacts & { replaced: string | null }> {
  const facts = await withBackup(backupFile, readFacts);
  const present = existsSync(targetFile);
  if (present && !force) {
    throw new SalternError('conflict', `the database ${targetFile} exists already`, {
      hint: 'Restore with --force: the present database is moved aside.',
    });
  }
  const fresh = `${targetFile}.restoring`;
  const aside = `${targetFile}.replaced-${newId()}`;
  try {
    copyFileSync(backupFile, fresh);
    chmodSync(fresh, 0o600);
    sync(fresh);
    // The write-ahead log belongs to the file it lies beside: left behind, it would be played into the restored one.
    for (const part of ['', '-wal', '-shm']) move(targetFile + part, aside + part);
    renameSync(fresh, targetFile);
    sync(dirname(targetFile));
  } finally {
    rmSync(fresh, { force: true });
  }
  return { ...facts, replaced: present ? aside : null };
}

/** Fills an empty schema from a backup that this version made (of either database). `conflict` when it is not empty. */
export async function restorePostgres(backupFile: string, address: PostgresAddress): Promise<BackupFacts> {
  const { schema = DEFAULT_SCHEMA } = address;
  return withBackup(backupFile, async (backup) => {
    const db = postgresKysely(address);
    try {
      await migrate(db, `the PostgreSQL schema ${schema}`, schema);
      await db.transaction().execute(async (target) => {
        if (await target.selectFrom('settings').select('name').executeTakeFirst()) {
          throw new SalternError('conflict', `the PostgreSQL schema ${schema} holds an installation already`, {
            hint: 'Name another schema, or drop this one first.',
          });
        }
        await copyTables(backup, target);
      });
    } finally {
      await db.destroy();
    }
    return readFacts(backup);
  });
}

async function withBackup<T>(file: string, work: (backup: Db) => Promise<T>): Promise<T> {
  if (!existsSync(file)) throw new SalternError('not_found', `there is no backup ${file}`);
  const database = sqliteErrors(file, () => new Database(file, { readonly: true }));
  const backup = sqliteKysely(database);
  try {
    sqliteErrors(file, () => assertWhole(database));
    await assertKnown(backup, `the backup ${file}`);
    return await work(backup);
  } finally {
    await backup.destroy();
  }
}

function assertWhole(database: Database.Database): void {
  assertOurs(database);
  const verdict = database.pragma('integrity_check', { simple: true });
  if (verdict === 'ok') return;
  throw new SalternError('invalid', `the backup ${database.name} is damaged: ${String(verdict)}`, {
    hint: 'Use another backup.',
  });
}

async function readFacts(backup: Db): Promise<BackupFacts> {
  const count = async (table: keyof Tables) => {
    const row = await backup
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return row.n;
  };
  const settings = new Map(
    (await backup.selectFrom('settings').selectAll().execute()).map((row) => [row.name, row.value]),
  );
  const made = settings.get(BACKUP);
  return {
    installation: settings.get('installation') ?? '',
    madeAt: made ? Number(JSON.parse(made).at) : null,
    machines: await count('machines'),
    operations: await count('operations'),
    secrets: await count('secrets'),
  };
}

function move(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}
