import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';
import { authorizeController, madeByOthers } from './others.ts';

const FLEET = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await scene.configure({ options: { public_ip: 'flexible' } });
});
afterAll(() => scene.close());

test('five machines whose whole store was lost come back by their tags, and can all be destroyed', {
  timeout: 60_000,
}, async () => {
  expect((await scene.create(FLEET)).error).toBeNull();
  await madeByOthers(scene, ['other-1']);
  const { installation: lost } = await scene.client.request('GET', '/v1/controller');
  const before = await ledger();
  await loseStore();
  const dry = await scene.cli(['recover', '--dry-run', '-p', 'web']);
  expect([dry.code, await names()]).toEqual([0, []]);

  // The login key was lost too: they are in the inventory, and each says how to be reached again.
  const { code, stderr } = await scene.cli(['recover', '-p', 'web', '--yes']);
  expect(code, stderr).toBe(13);
  expect(stderr).toContain(`The installation ${lost}: 5 instances with its mark.`);
  expect(await names()).toEqual(FLEET);
  expect(await machine(scene, 'web-1')).toMatchObject({
    status: 'failed',
    origin: 'created',
    error: { hint: expect.stringContaining('public key (saltern status)') },
  });
  expect((await scene.client.request('GET', '/v1/controller')).installation).toBe(lost);
  expect(await ledger()).toEqual(before);
  expect(await done(scene, ['provider', 'reconcile', 'paris'])).not.toContain('orphan');
  await done(scene, ['machine', 'destroy', 'web-*', '--yes']);
  expectOnly(scene, ['other-1']);
});

test('rows that are missing are put back; what is known stays as it is', { timeout: 60_000 }, async () => {
  expect((await scene.create(FLEET)).error).toBeNull();
  await authorizeController(scene);
  await madeByOthers(scene, ['other-2']);
  await done(scene, ['machine', 'import', '--provider', 'paris', '-p', 'web', 'other-2', '--yes']);
  const before = [await names(), await ledger()];
  await edit((db) => {
    db.prepare(
      "delete from resources where machine in (select id from machines where name in ('web-1', 'web-2', 'other-2'))",
    ).run();
    db.prepare("delete from machines where name in ('web-1', 'web-3', 'other-2')").run();
  });
  const { code, stdout, stderr } = await scene.cli(['recover', '-p', 'web', '-o', 'csv', '--yes']);
  expect(code, stderr).toBe(0);
  expect(stdout.match(/[a-z]+-\d,\w+/g)).toEqual([
    'other-2,recover',
    'web-1,recover',
    'web-2,recover',
    'web-3,recover',
    'web-4,known',
    'web-5,known',
  ]);
  expect([await names(), await ledger()]).toEqual(before);
  expect(await machine(scene, 'web-1')).toMatchObject({ status: 'ready', origin: 'created' });
  // Nothing of it but the instance bears our mark: others made it, and that is not forgotten.
  expect(await machine(scene, 'other-2')).toMatchObject({ status: 'ready', origin: 'imported' });
  expect(await done(scene, ['recover'])).not.toContain('recover');
  await done(scene, ['machine', 'destroy', 'web-*', '--yes']);
  expectOnly(scene, ['other-1', 'other-2']);
});

test('of several installations a person chooses one, and an inventory that has machines becomes no other', {
  timeout: 60_000,
}, async () => {
  await loseStore();
  await authorizeController(scene);
  const marked = (id: string) => ({ tags: [`saltern:installation=${id}`, `saltern:resource=${id}R`] });
  await madeByOthers(scene, ['one'], marked('01AAA'));
  await madeByOthers(scene, ['two'], marked('01BBB'));
  const words = ['recover', '-p', 'web', '--yes'];
  const says = 'several installations have machines here; nothing was changed';
  const told = await refused(scene, words, { code: 'conflict', says, hint: '--installation' });
  expect(told).toMatch(/installation 01AAA: 1 instance .*\n.*installation 01BBB: 1 instance/);
  await done(scene, [...words, '--installation', '01AAA']);
  // What others made bears our mark and nothing of ours: it comes back as what was imported.
  expect(await names()).toEqual(['one']);
  expect(await machine(scene, 'one')).toMatchObject({ status: 'ready', origin: 'imported' });
  const other = {
    code: 'conflict',
    says: 'this inventory is the installation 01AAA',
    hint: 'empty data directory',
  } as const;
  await refused(scene, [...words, '--installation', '01BBB'], other);
});

/** Ends the controller, forgets all it knew, and starts another that has the same files. */
async function loseStore(): Promise<void> {
  await done(scene, ['stop']);
  for (const file of ['saltern.db', 'saltern.db-wal', 'saltern.db-shm', 'key'])
    rmSync(join(scene.home, file), { force: true });
  await scene.start();
  await scene.configure({ options: { public_ip: 'flexible' } });
}

async function edit(change: (db: Database.Database) => void): Promise<void> {
  await done(scene, ['stop']);
  const db = new Database(join(scene.home, 'saltern.db'));
  change(db);
  db.close();
  await scene.start();
}

async function names(): Promise<string[]> {
  const { items } = await scene.client.request('GET', '/v1/machines');
  return items.map(({ name }) => name).sort();
}

/** What the ledger says exists, without the ids of its own. */
async function ledger() {
  const params = { provider: 'paris' };
  const { items } = await scene.client.request('GET', '/v1/providers/{provider}/resources', { params });
  return items
    .filter(({ status }) => status === 'exists')
    .map(({ kind, nativeId }) => `${kind} ${nativeId}`)
    .sort();
}
