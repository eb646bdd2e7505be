import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dump, fill, KEY } from '../../test/contract/store-backup.ts';
import { provider } from '../../test/contract/store-samples.ts';
import { systemClock } from '../lib/clock.ts';
import { inTransaction } from './dialect.ts';
import { lockDataDir } from './lock.ts';
import { restoreSqlite } from './restore.ts';
import { openSqliteStore } from './sqlite.ts';
import { sqliteKysely } from './sqlite-connection.ts';

let dir: string;
let file: string;
const open = () => openSqliteStore({ file, key: KEY, clock: systemClock });
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'store-file-'));
  file = join(dir, 'saltern.db');
});
afterEach(() => rmSync(dir, { recursive: true }));

it('is private, durable, and holds no secret in clear, in its write-ahead log neither', async () => {
  const store = await open();
  await fill(store);
  const files = readdirSync(dir);
  expect(files).toContain('saltern.db-wal');
  for (const name of files) {
    expect(statSync(join(dir, name)).mode & 0o077, name).toBe(0);
    expect(readFileSync(join(dir, name)).includes('canary'), name).toBe(false);
  }
  await store.close();
  const raw = new Database(file);
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
  raw.prepare("update secrets set name = 'provider/2'").run();
  raw.close();
  const again = await open();
  await expect(again.secrets.get('provider/2')).rejects.toMatchObject({ code: 'internal' });
  await again.close();
});

it('refuses the file of a newer version and leaves it alone', async () => {
  await (await open()).close();
  const raw = new Database(file);
  raw.prepare('insert into migrations values (?, ?)').run('0099-from-the-future', new Date().toISOString());
  raw.close();
  const newer = { code: 'unsupported', message: expect.stringContaining('newer Saltern') };
  await expect(open()).rejects.toMatchObject(newer);
  await expect(restoreSqlite(file, join(dir, 'copy'))).rejects.toMatchObject(newer);
});

it('refuses what is not its file, and changes nothing in it', async () => {
  writeFileSync(file, 'a text of someone, long enough to be more than a header. '.repeat(20));
  await expect(open()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('not an SQLite'),
  });
  rmSync(file);
  const foreign = new Database(file);
  foreign.exec('create table songs (title text)');
  foreign.close();
  const before = readFileSync(file);
  await expect(open()).rejects.toMatchObject({ code: 'invalid' });
  await expect(restoreSqlite(file, join(dir, 'copy'))).rejects.toMatchObject({ code: 'invalid' });
  expect(readFileSync(file)).toEqual(before);
});

it.each([':memory:', '', 'file::memory:?cache=shared'])('refuses "%s", which would be lost', async (name) => {
  file = name;
  await expect(open()).rejects.toMatchObject({ code: 'invalid' });
  expect(existsSync(name)).toBe(false);
});

it('says so when its directory cannot be used', async () => {
  writeFileSync(join(dir, 'a file'), '');
  file = join(dir, 'a file', 'saltern.db');
  await expect(open()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(file) });
  await expect(lockDataDir(join(dir, 'a file'))).rejects.toMatchObject({ code: 'unavailable' });
});

it('says so when the disk is full, keeps what was there, and goes on when there is room', async () => {
  const raw = new Database(file);
  const db = sqliteKysely(raw);
  await sql`create table t (x text)`.execute(db);
  await sql`insert into t values ('kept')`.execute(db);
  raw.pragma(`max_page_count = ${raw.pragma('page_count', { simple: true })}`);
  const large = 'x'.repeat(100_000);
  const full = {
    code: 'unavailable',
    message: expect.stringContaining(file),
    hint: expect.stringContaining('Free space'),
  };
  await expect(sql`insert into t values (${large})`.execute(db)).rejects.toMatchObject(full);
  const inside = inTransaction(db, async (tx) => {
    await sql`insert into t values ('lost')`.execute(tx);
    await sql`insert into t values (${large})`.execute(tx);
  });
  await expect(inside).rejects.toMatchObject(full);
  raw.pragma('max_page_count = 1000000');
  await sql`insert into t values (${large})`.execute(db);
  const { rows } = await sql<{ x: string }>`select substr(x, 1, 4) as x from t`.execute(db);
  expect(rows.map((row) => row.x)).toEqual(['kept', 'xxxx']);
  await db.destroy();
});

it('says so when another process has it locked', async () => {
  const store = await open();
  const raw = new Database(file, { timeout: 50 });
  const db = sqliteKysely(raw);
  await store.transaction(async (tx) => {
    await tx.providers.insert(provider());
    const locked = { code: 'unavailable', message: expect.stringContaining('locked by another process') };
    await expect(sql`delete from providers`.execute(db)).rejects.toMatchObject(locked);
    await expect(inTransaction(db, async () => {})).rejects.toMatchObject(locked);
  });
  await sql`delete from providers`.execute(db);
  await db.destroy();
  await store.close();
});

it('is restored over another only when forced, and then that one is kept aside', async () => {
  const backup = join(dir, 'backup');
  const first = await open();
  const id = await fill(first);
  const wanted = await dump(first, id);
  await first.backup(backup);
  await first.providers.insert(provider({ name: 'made after the backup' }));
  // As a killed controller leaves it: the newest rows are only in the write-ahead log.
  const killed = join(dir, 'killed.db');
  for (const part of ['', '-wal']) copyFileSync(file + part, killed + part);
  await first.close();
  await expect(restoreSqlite(backup, killed)).rejects.toMatchObject({ code: 'conflict' });
  const { replaced } = await restoreSqlite(backup, killed, { force: true });
  const restored = await openSqliteStore({ file: killed, key: KEY, clock: systemClock });
  expect(await dump(restored, id)).toEqual(wanted);
  await restored.close();
  const aside = await openSqliteStore({ file: replaced ?? '', key: KEY, clock: systemClock });
  expect(await aside.providers.find('made after the backup')).not.toBeNull();
  await aside.close();
});

it('is not restored from a damaged or missing backup', async () => {
  const backup = join(dir, 'backup');
  const store = await open();
  await fill(store);
  await store.backup(backup);
  await store.close();
  const bytes = readFileSync(backup);
  bytes.fill(0xff, 8192, 20_000);
  writeFileSync(backup, bytes);
  const target = join(dir, 'target');
  const code = expect.stringMatching(/^(invalid|unavailable)$/);
  await expect(restoreSqlite(backup, target)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('damaged'),
  });
  await expect(restoreSqlite(join(dir, 'none'), target)).rejects.toMatchObject({ code: 'not_found' });
  expect(readdirSync(dir)).not.toContain('target');
});
