import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, expectOnly, machine } from './checks.ts';
import { crashEnv, kill, undergo, unlessKilled } from './crash-process.ts';
import { openScene, type Scene } from './harness.ts';
import { actionsOf, appliesOf, apply, begin, byHand, endsOf, mapOf, plan } from './map-fleet.ts';
import { madeByOthers, terminate } from './others.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ clockSpeed: 40 });
  await scene.start();
  await scene.configure();
});
afterEach(async () => {
  scene.emulator.admin.setQuotas({ cp_servers: 100 });
  for (const { id, tags } of scene.emulator.admin.dump(false).servers) {
    if (!tags.some((tag) => tag.startsWith('saltern:'))) await terminate(scene, id);
  }
  await destroyAll(scene);
});
afterAll(() => scene.close());

test('a name that others took while it was to be made: nothing of it stays, and it is never made beside theirs', {
  timeout: 60_000,
}, async () => {
  const map = mapOf('web-1', 'web-2');
  const taken = await applyBroken(map, 'apply-map:look at the providers:before', () => madeByOthers(scene, ['web-1']));
  expect(endsOf(taken)).toEqual({ 'web-1': 'failed conflict', 'web-2': 'succeeded' });
  expect(actionsOf(await plan(scene, map))).toEqual(['web-1: not ours import', 'web-2: keep']);
  // The name is free for an import, and no secret of what was never made is kept.
  const { preview } = await scene.client.request('POST', '/v1/maps/import', { body: { map, dryRun: true } as never });
  expect(preview.map(({ name, action }) => `${name}: ${action}`)).toEqual(['web-1: import', 'web-2: managed']);
  expect(secretsOfMachines()).toEqual(['request']);
  await byHand(scene).act('web-1', 'terminate');
});

test('a machine that failed before it was made is not made beside one of others', { timeout: 60_000 }, async () => {
  const map = mapOf('web-1');
  scene.emulator.admin.setQuotas({ cp_servers: 0 });
  expect(endsOf((await apply(scene, map)).ended)).toEqual({ 'web-1': 'failed quota' });
  scene.emulator.admin.setQuotas({ cp_servers: 100 });
  await madeByOthers(scene, ['web-1']);
  const shown = await plan(scene, map);
  expect(actionsOf(shown)).toEqual(['web-1: not ours import']);
  expect((await apply(scene, map)).applied.left).toMatchObject([
    { name: 'web-1', reason: expect.stringContaining('forget') },
  ]);
  expect(servers()).toEqual(['web-1']);
  await byHand(scene).act('web-1', 'terminate');

  // The same, and they come right before the machine has its turn.
  const late = await applyBroken(map, 'apply-map:look at the providers:before', () => madeByOthers(scene, ['web-1']));
  expect(endsOf(late)).toEqual({ 'web-1': 'failed conflict' });
  expect(servers()).toEqual(['web-1']);
  await byHand(scene).act('web-1', 'terminate');
});

test('what was to be made anew because it was gone, and is there again, stays', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1'));
  const { nativeId } = await machine(scene, 'web-1');
  // The cloud knows nothing of it for a while: no list shows it, and nothing answers to its id.
  const answersTo = (id: string | null) => {
    query(`update resources set "nativeId" = '${id}' where kind = 'instance' and status = 'exists' returning id`);
    query(`update machines set "nativeId" = '${id}' where name = 'web-1' and status <> 'destroyed' returning id`);
  };
  await kill(scene);
  answersTo(randomUUID());
  scene.emulator.admin.addFaults([{ kind: 'empty-list', match: { path: '/servers' } }]);
  await scene.start();
  expect(actionsOf(await plan(scene, mapOf('web-1'), ['replace']))).toEqual(['web-1: replace']);
  const back = () => {
    scene.emulator.admin.clearFaults();
    answersTo(nativeId);
  };
  const ended = await applyBroken(mapOf('web-1'), 'apply-machine:look again:before', back, ['replace']);
  expect(endsOf(ended)).toEqual({ 'web-1': 'failed conflict' });
  expect(await machine(scene, 'web-1')).toMatchObject({ nativeId, status: 'ready', error: null });
  expect(await plan(scene, mapOf('web-1'))).toMatchObject({ changes: false });
});

test('what another map took over meanwhile is not pruned', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1', 'web-2'));
  const ended = await applyBroken(
    mapOf('web-1'),
    'apply-map:look at the providers:after',
    () => moveToMap('web-2', '/srv/other.yaml'),
    ['prune'],
  );
  expect(endsOf(ended)).toEqual({ 'web-2': 'failed conflict' });
  expectOnly(scene, ['web-1', 'web-2']);
  expect(await machine(scene, 'web-2')).toMatchObject({ status: 'ready', error: null });
});

test('other words for the same image are the words that it is asked for with', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1'));
  const { image } = await machine(scene, 'web-1');
  const byId = mapOf({ name: 'web-1', overrides: { image: image ?? '' } });
  expect((await apply(scene, byId)).ended.error).toBeNull();
  expect((await machine(scene, 'web-1')).asked.image).toBe(image);
});

test('a size that is refused: the machine runs again as it was, and retrying stops it anew', {
  timeout: 60_000,
}, async () => {
  await apply(scene, mapOf('web-1'));
  const bigger = mapOf({ name: 'web-1', overrides: { size: 'DEV1-M' } });
  scene.emulator.admin.addFaults([{ kind: 'quota', match: { method: 'PATCH', path: '/servers/' } }]);
  const { applied, ended } = await apply(scene, bigger);
  expect(endsOf(ended)).toEqual({ 'web-1': 'failed quota' });
  expect(byHand(scene).server('web-1')).toMatchObject({ state: 'running', commercialType: 'DEV1-S' });
  expect(await machine(scene, 'web-1')).toMatchObject({ status: 'ready', size: 'DEV1-S' });
  scene.emulator.admin.clearFaults();
  await scene.client.request('POST', '/v1/operations/{operation}/retry', {
    params: { operation: applied.operation.id },
  });
  expect((await scene.ended(applied.operation.id)).error).toBeNull();
  expect(byHand(scene).server('web-1')).toMatchObject({ state: 'running', commercialType: 'DEV1-M' });
});

test('no secret outlives its machine, nor what it was to be asked for next', { timeout: 60_000 }, async () => {
  const deploy = (text: string) => [{ kind: 'file', path: '/etc/motd', content: text }];
  const web = (text: string) => mapOf({ name: 'web-1', overrides: { deploy: deploy(text) } });
  await apply(scene, web('one'));
  await byHand(scene).act('web-1', 'poweroff');
  const ended = await applyBroken(
    web('two'),
    'apply-map:look at the providers:after',
    () => byHand(scene).tag('web-1', (tags) => [...tags, 'by-hand']),
    ['redeploy'],
  );
  expect(endsOf(ended)).toEqual({ 'web-1': 'failed conflict' });
  expect(secretsOfMachines()).toEqual(['next-request', 'request']);
  expect((await apply(scene, web('two'), ['redeploy'])).ended.error).toBeNull();
  expect(secretsOfMachines()).toEqual(['request']);

  await applyBroken(web('three'), 'apply-map:look at the providers:after', () => byHand(scene).tag('web-1', () => []), [
    'redeploy',
  ]);
  await destroyAll(scene);
  expect(secretsOfMachines()).toEqual([]);
});

test('a required machine that is to be made anew is waited for', { timeout: 60_000 }, async () => {
  const fleet = (image: string) =>
    mapOf({ name: 'web-1', requires: ['db-1'], overrides: { tags: [image] } }, { name: 'db-1', overrides: { image } });
  await apply(scene, fleet('debian_bookworm'));
  const { applied, ended } = await apply(scene, fleet('ubuntu_noble'), ['replace']);
  expect([applied.left, ended.error]).toEqual([[], null]);
  const [web, db] = await Promise.all(['web-1', 'db-1'].map((name) => stepsOf(ended.children, name)));
  const tagged = web?.find(({ name }) => name === 'put tags on')?.startedAt ?? 0;
  expect(tagged).toBeGreaterThanOrEqual(db?.find(({ name }) => name === 'ready')?.endedAt ?? Number.POSITIVE_INFINITY);
});

test('an import of what is stopped, ended before its turn, is gone on with and starts nothing', {
  timeout: 60_000,
}, async () => {
  await madeByOthers(scene, ['off-1'], { stopped: true });
  const at = 'import-machines:check provider paris:before';
  await kill(scene);
  await scene.start(crashEnv({ at }));
  const body = { provider: 'paris', names: ['off-1'] };
  await unlessKilled(scene, scene.client.request('POST', '/v1/machines/import', { body }));
  await undergo(scene, { at }, null);
  scene.emulator.admin.addFaults([{ kind: 'unauthenticated' }]);
  await scene.start();
  await expect.poll(async () => (await machine(scene, 'off-1')).status).toBe('failed');
  scene.emulator.admin.clearFaults();
  const retried = await scene.cli(['machine', 'retry', 'off-1']);
  expect(retried.code, retried.stderr).toBe(0);
  expect(await machine(scene, 'off-1')).toMatchObject({ status: 'stopped', origin: 'imported', error: null });
  expect(byHand(scene).server('off-1').state).toBe('stopped');
  expect((await scene.cli(['machine', 'forget', 'off-1', '--yes'])).code).toBe(0);
  await byHand(scene).act('off-1', 'poweron');
});

test('one map applied twice at the same moment is made once', { timeout: 60_000 }, async () => {
  const body = { map: mapOf('web-1', { name: 'web-2', requires: ['web-1'] }), allow: [] } as never;
  const asked = [1, 2].map(() => scene.client.request('POST', '/v1/maps/apply', { body }));
  const [one, other] = await Promise.all(asked);
  const ends = await Promise.all([one, other].map((applied) => scene.ended(applied?.operation.id ?? '')));
  expect(ends.map(({ error }) => error?.code ?? null).sort()).toEqual(['conflict', null]);
  expect([one, other].flatMap((applied) => applied?.left ?? [])).toHaveLength(2);
  expectOnly(scene, ['web-1', 'web-2']);
});

/** Applies; the controller is killed at a point, something happens, and another one takes it up. */
async function applyBroken(
  map: ReturnType<typeof mapOf>,
  at: string,
  happens: () => unknown,
  allow: Parameters<typeof begin>[2] = [],
) {
  const before = await appliesOf(scene);
  await kill(scene);
  await scene.start(crashEnv({ at }));
  const asked = await unlessKilled(scene, begin(scene, map, allow));
  await undergo(scene, { at }, asked?.operation.id ?? null);
  await happens();
  await scene.start();
  return scene.ended((await appliesOf(scene)).find((id) => !before.includes(id)) ?? '');
}

async function stepsOf(children: readonly { readonly id: string; readonly entityName: string | null }[], name: string) {
  const id = children.find(({ entityName }) => entityName === name)?.id ?? '';
  return (await scene.client.request('GET', '/v1/operations/{operation}', { params: { operation: id } })).steps;
}

function servers(): string[] {
  return scene.emulator.admin
    .dump(false)
    .servers.map(({ name }) => name)
    .sort();
}

/** What kinds of secrets the store holds for machines. */
function secretsOfMachines(): string[] {
  const rows = query('select name from secrets') as { name: string }[];
  return rows.flatMap(({ name }) => /^machine\/[^/]+\/(.+)$/.exec(name)?.[1] ?? []).sort();
}

/** As an apply of that map would, while no controller runs. */
function moveToMap(name: string, map: string): void {
  query(`update machines set map = '${map}' where name = '${name}' returning id`);
}

function query(sql: string): unknown[] {
  const database = new Database(join(scene.home, 'saltern.db'));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
