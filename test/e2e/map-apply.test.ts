import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, expectOnly, machine, refused } from './checks.ts';
import { crashEnv, kill, undergo, unlessKilled } from './crash-process.ts';
import { openScene, type Scene } from './harness.ts';
import { actionsOf, appliesOf, apply, begin, byHand, endsOf, mapOf, plan } from './map-fleet.ts';
import { madeByOthers } from './others.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ clockSpeed: 40 });
  await scene.start();
  await scene.configure();
});
afterEach(async () => {
  const { items } = await scene.client.request('GET', '/v1/machines');
  const kept = items.filter((one) => one.protected).map(({ id }) => id);
  if (kept.length > 0) await scene.client.request('POST', '/v1/machines/unprotect', { body: { machines: kept } });
  await destroyAll(scene);
});
afterAll(() => scene.close());

test('five machines, each after what it requires, and nothing to do the second time', { timeout: 60_000 }, async () => {
  const fleet = mapOf(
    { name: 'web-1', requires: ['app-1', 'app-2'] },
    { name: 'web-2', requires: ['app-1'] },
    { name: 'app-1', requires: ['db-1'] },
    { name: 'app-2', requires: ['db-1'] },
    'db-1',
  );
  const { applied, ended } = await apply(scene, fleet);
  expect([applied.left, ended.error]).toEqual([[], null]);
  const ready = new Map<string, number>();
  const begun = new Map<string, number>();
  for (const { name, id, operation } of await inventory()) {
    const { steps } = await scene.client.request('GET', '/v1/operations/{operation}', {
      params: { operation: operation ?? '' },
    });
    begun.set(name, steps.find((step) => step.name === 'prepare')?.startedAt ?? 0);
    ready.set(name, (await machine(scene, id)).readyAt ?? 0);
  }
  for (const { name, requires = [] } of fleet.machines) {
    for (const required of requires) expect(begun.get(name)).toBeGreaterThanOrEqual(ready.get(required) ?? 0);
  }
  expectOnly(scene, ['app-1', 'app-2', 'db-1', 'web-1', 'web-2']);
  scene.emulator.admin.clearRequests();
  expect(await plan(scene, fleet)).toMatchObject({ changes: false });
  expect((await apply(scene, fleet)).ended).toMatchObject({ error: null, children: [] });
  expect(writes()).toEqual([]);
});

test('tags, power and size are put right; the machine stays the same one', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1', 'web-2', 'web-3'));
  const before = await nativeIds();
  await byHand(scene).act('web-2', 'poweroff');
  const wanted = mapOf({ name: 'web-1', overrides: { tags: ['blue'] } }, 'web-2', {
    name: 'web-3',
    overrides: { size: 'DEV1-M' },
  });
  const { ended } = await apply(scene, wanted);
  expect(ended.error).toBeNull();
  expect(await nativeIds()).toEqual(before);
  const hand = byHand(scene);
  expect(hand.server('web-1').tags).toContain('blue');
  expect(hand.server('web-2').state).toBe('running');
  expect(hand.server('web-3')).toMatchObject({ commercialType: 'DEV1-M', state: 'running' });
  const { status, size, price, asked } = await machine(scene, 'web-3');
  expect([status, size, asked.size, price?.hourly.toFixed(4)]).toEqual(['ready', 'DEV1-M', 'DEV1-M', '0.0202']);
  expect(await plan(scene, wanted)).toMatchObject({ changes: false });
});

test('deploy steps run again and machines are made anew only when that is allowed', { timeout: 60_000 }, async () => {
  const deploy = (text: string) => [{ kind: 'file', path: '/etc/motd', content: text }];
  const web = (text: string, image = 'debian_bookworm') =>
    mapOf({ name: 'web-1', overrides: { image, deploy: deploy(text) } });
  await apply(scene, web('one'));
  const motd = () => scene.emulator.dump().servers[0]?.machine?.files['/etc/motd'];
  expect((await apply(scene, web('two'))).applied.left).toMatchObject([
    { name: 'web-1', reason: expect.stringContaining('--redeploy') },
  ]);
  expect(motd()).toBe('one');
  expect((await apply(scene, web('two'), ['redeploy'])).ended.error).toBeNull();
  expect(motd()).toBe('two');
  expect(await plan(scene, web('two'))).toMatchObject({ changes: false });

  const { nativeId, id } = await machine(scene, 'web-1');
  const other = web('three', 'ubuntu_noble');
  expect((await apply(scene, other, ['redeploy'])).ended.error).toMatchObject({ code: 'conflict' });
  expect((await machine(scene, 'web-1')).nativeId).toBe(nativeId);
  expect((await apply(scene, other, ['replace'])).ended.error).toBeNull();
  const made = await machine(scene, 'web-1');
  expect(made).toMatchObject({ id, status: 'ready', imageName: 'Ubuntu 24.04 Noble Numbat' });
  expect(made.nativeId).not.toBe(nativeId);
  expect(motd()).toBe('three');
  expectOnly(scene, ['web-1']);
  expect(await plan(scene, other)).toMatchObject({ changes: false });
});

test('prune ends what this map wanted before, and nothing of others', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1', 'web-2'));
  await apply(scene, { ...mapOf('other-1'), name: '/srv/other.yaml' });
  await scene.create(['loose-1']);
  const less = mapOf('web-1');
  const left = await apply(scene, less);
  expect(left.applied.left).toMatchObject([{ name: 'web-2', reason: expect.stringContaining('--prune') }]);
  expect(left.ended.error).toMatchObject({ code: 'conflict' });
  expectOnly(scene, ['loose-1', 'other-1', 'web-1', 'web-2']);
  expect((await apply(scene, less, ['prune'])).ended.error).toBeNull();
  expectOnly(scene, ['loose-1', 'other-1', 'web-1']);
});

test('a protected machine is not destroyed by any way, and not replaced', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf({ name: 'db-1', overrides: { protected: true } }, 'web-1'));
  expect(actionsOf(await plan(scene, mapOf('web-1'), ['prune']))).toEqual(['web-1: keep', 'db-1: destroy unprotect']);
  expect((await apply(scene, mapOf('web-1'), ['prune'])).applied.left).toMatchObject([
    { name: 'db-1', reason: expect.stringContaining('protected') },
  ]);
  const anew = mapOf({ name: 'db-1', overrides: { image: 'ubuntu_noble' } }, 'web-1');
  expect((await apply(scene, anew, ['replace'])).applied.left).toHaveLength(1);
  await refused(scene, ['machine', 'destroy', 'db-1', '--yes'], {
    code: 'conflict',
    says: 'is protected',
    hint: 'machine unprotect db-1',
  });
  expect((await scene.cli(['machine', 'show', 'db-1'])).stdout).toMatch(/^Protected: +yes$/m);

  // Protected after the request, before its own turn: the operation's own step refuses.
  await scene.client.request('POST', '/v1/machines/unprotect', { body: { machines: ['db-1'] } });
  scene.emulator.admin.setLatency(300);
  const { operation } = await scene.client.request('POST', '/v1/machines/destroy', { body: { machines: ['db-1'] } });
  await scene.client.request('POST', '/v1/machines/protect', { body: { machines: ['db-1'] } });
  scene.emulator.admin.setLatency(0);
  expect((await scene.ended(operation.id)).error).toMatchObject({ code: 'conflict' });
  expect(await machine(scene, 'db-1')).toMatchObject({ status: 'ready', error: null });

  // A map that says it puts the protection on again, and nothing else.
  await scene.client.request('POST', '/v1/machines/unprotect', { body: { machines: ['db-1'] } });
  const { items } = await scene.client.request('GET', '/v1/machines', { query: { name: 'db-1' } });
  expect(items[0]?.protected).toBe(false);
  scene.emulator.admin.clearRequests();
  const wanted = mapOf({ name: 'db-1', overrides: { protected: true } }, 'web-1');
  expect(actionsOf(await plan(scene, wanted))).toEqual(['db-1: change', 'web-1: keep']);
  await apply(scene, wanted);
  expect(await machine(scene, 'db-1')).toMatchObject({ protected: true });
  expect(scene.emulator.admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  expectOnly(scene, ['db-1', 'web-1']);
});

test('a machine changed by hand in the middle of an apply fails alone and untouched', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1', 'web-2', 'web-3'));
  const blue = (name: string, requires: string[] = []) => ({ name, requires, overrides: { tags: ['blue'] } });
  const { admin } = scene.emulator;
  // A new machine is held on its way; the others wait for it.
  admin.trouble('db-1', { sshRefused: true });
  const applied = await begin(
    scene,
    mapOf(blue('web-1', ['db-1']), blue('web-2', ['db-1']), blue('web-3', ['db-1']), 'db-1'),
  );
  await expect.poll(async () => (await machine(scene, 'db-1')).status).toBe('bootstrapping');
  await byHand(scene).tag('web-2', (tags) => [...tags, 'by-hand']);
  admin.trouble('db-1', {});
  const ended = await scene.ended(applied.operation.id);
  expect(endsOf(ended)).toEqual({
    'db-1': 'succeeded',
    'web-1': 'succeeded',
    'web-2': 'failed conflict',
    'web-3': 'succeeded',
  });
  expect(ended.error).toMatchObject({ code: 'conflict' });
  expect(byHand(scene).server('web-2').tags).not.toContain('blue');
  expect(await machine(scene, 'web-2')).toMatchObject({ status: 'ready', error: null });
});

test('what was not shown is not done', { timeout: 60_000 }, async () => {
  await apply(scene, mapOf('web-1', 'web-2'));
  const blue = mapOf(...['web-1', 'web-2'].map((name) => ({ name, overrides: { tags: ['blue'] } })));
  const shown = await plan(scene, blue);
  await byHand(scene).act('web-1', 'poweroff');
  const expected = shown.actions.map(({ name, action, nativeId, fingerprint }) => ({
    name,
    action,
    nativeId,
    fingerprint,
  }));
  const body = { map: mapOf('web-1', ...blue.machines.slice(1), 'web-9'), allow: [], expect: expected } as never;
  const applied = await scene.client.request('POST', '/v1/maps/apply', { body });
  expect(applied.left.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'web-1: somebody changed it since it was shown',
    'web-9: to create it was not shown',
  ]);
  expect(endsOf(await scene.ended(applied.operation.id))).toEqual({ 'web-2': 'succeeded' });
});

test('a script that fails: the table says where, and after it was mended apply goes on', {
  timeout: 60_000,
}, async () => {
  const web = (content: string) =>
    mapOf(
      'web-1',
      { name: 'web-2', overrides: { deploy: [{ kind: 'script', name: 'setup.sh', content }] } },
      { name: 'web-3', requires: ['web-2'] },
    );
  const { ended } = await apply(scene, web('#!/bin/sh\nexit 3\n'));
  expect(endsOf(ended)).toEqual({ 'web-1': 'succeeded', 'web-2': 'failed invalid', 'web-3': 'failed conflict' });
  const before = await nativeIds();
  const mended = web('#!/bin/sh\nexit 0\n');
  expect(actionsOf(await plan(scene, mended))).toEqual(['web-1: keep', 'web-2: change', 'web-3: change']);
  expect((await apply(scene, mended)).ended.error).toBeNull();
  expect(await nativeIds()).toMatchObject(before);
  expect(await plan(scene, mended)).toMatchObject({ changes: false });
  expectOnly(scene, ['web-1', 'web-2', 'web-3']);
});

test('retrying the apply goes on with what failed', { timeout: 60_000 }, async () => {
  scene.emulator.admin.setQuotas({ cp_servers: 1 });
  const { applied, ended } = await apply(
    scene,
    mapOf('web-1', { name: 'web-2', requires: ['web-1'] }, { name: 'web-3', requires: ['web-2'] }),
  );
  expect(Object.values(endsOf(ended))).toEqual(['succeeded', 'failed quota', 'failed conflict']);
  scene.emulator.admin.setQuotas({ cp_servers: 100 });
  await scene.client.request('POST', '/v1/operations/{operation}/retry', {
    params: { operation: applied.operation.id },
  });
  expect((await scene.ended(applied.operation.id)).error).toBeNull();
  expectOnly(scene, ['web-1', 'web-2', 'web-3']);
});

test('a replacement that stops half-way is gone on with, by a retry and by another apply', {
  timeout: 60_000,
}, async () => {
  await apply(scene, mapOf('web-1'));
  const anew = mapOf({ name: 'web-1', overrides: { image: 'ubuntu_noble' } });
  scene.emulator.admin.setQuotas({ cp_servers: 0 });
  const { applied, ended } = await apply(scene, anew, ['replace']);
  expect(endsOf(ended)).toEqual({ 'web-1': 'failed quota' });
  expectOnly(scene, []);
  scene.emulator.admin.setQuotas({ cp_servers: 100 });
  await scene.client.request('POST', '/v1/operations/{operation}/retry', {
    params: { operation: applied.operation.id },
  });
  expect((await scene.ended(applied.operation.id)).error).toBeNull();
  expect(await machine(scene, 'web-1')).toMatchObject({ status: 'ready', imageName: 'Ubuntu 24.04 Noble Numbat' });

  scene.emulator.admin.setQuotas({ cp_servers: 0 });
  expect(endsOf((await apply(scene, mapOf('web-1'), ['replace'])).ended)).toEqual({ 'web-1': 'failed quota' });
  scene.emulator.admin.setQuotas({ cp_servers: 100 });
  expect(actionsOf(await plan(scene, mapOf('web-1')))).toEqual(['web-1: change']);
  expect((await apply(scene, mapOf('web-1'))).ended.error).toBeNull();
  expect(await plan(scene, mapOf('web-1'))).toMatchObject({ changes: false });
  expectOnly(scene, ['web-1']);
});

test('what turns out right before the machines are begun fails those alone, and is looked for anew by a retry', {
  timeout: 60_000,
}, async () => {
  const map = mapOf('web-1', 'web-2');
  const { admin } = scene.emulator;
  const at = 'apply-map:look at the providers:before';
  const meanwhile = async (happens: () => unknown) => {
    const before = await appliesOf(scene);
    await kill(scene);
    await scene.start(crashEnv({ at }));
    const asked = await unlessKilled(scene, begin(scene, map));
    await undergo(scene, { at }, asked?.operation.id ?? null);
    await happens();
    await scene.start();
    return scene.ended((await appliesOf(scene)).find((id) => !before.includes(id)) ?? '');
  };
  const retry = async (operation: string) => {
    await scene.client.request('POST', '/v1/operations/{operation}/retry', { params: { operation } });
    return scene.ended(operation);
  };
  // The API falls over.
  const away = await meanwhile(() => admin.addFaults([{ kind: 'error-before', match: { path: '/servers' } }]));
  expect(endsOf(away)).toEqual({ 'web-1': 'failed unavailable', 'web-2': 'failed unavailable' });
  admin.clearFaults();
  expectOnly(scene, []);
  expect((await retry(away.id)).error).toBeNull();
  expectOnly(scene, ['web-1', 'web-2']);
  await destroyAll(scene);

  // Somebody else makes one of that name.
  const taken = await meanwhile(() => madeByOthers(scene, ['web-1']));
  expect(endsOf(taken)).toEqual({ 'web-1': 'failed conflict', 'web-2': 'succeeded' });
  expect(endsOf(await retry(taken.id))['web-1']).toBe('failed conflict');
  expect(
    admin
      .dump(false)
      .servers.map(({ name }) => name)
      .sort(),
  ).toEqual(['web-1', 'web-2']);
  await byHand(scene).act('web-1', 'terminate');
});

test('the command line: asks, does what it showed, and tells where each stopped and how to go on', {
  timeout: 60_000,
}, async () => {
  const { emulator, home } = scene;
  const [key, token] = [emulator.env()['SCW_ACCESS_KEY'], emulator.env()['SCW_SECRET_KEY']];
  const file = join(home, 'fleet.yaml');
  const text = `providers:
  paris: {driver: scaleway, access_key: ${key}, token: ${token}, api_url: '${emulator.url}', zone: fr-par-1}
profiles:
  web: {provider: paris, image: debian_bookworm, size: DEV1-S, ssh: {port: ${emulator.sshPort}}}
machines:
  web-1: {profile: web}
  web-2: {profile: web, deploy: [{script: ./setup.sh}]}
`;
  writeFileSync(file, text);
  writeFileSync(join(home, 'setup.sh'), '#!/bin/sh\nexit 3\n');
  await refused(scene, ['apply', '-f', file], { code: 'invalid', says: 'Do this to 2 machines?', hint: '--yes' });
  expectOnly(scene, []);
  const failed = await scene.cli(['apply', '-f', file, '--yes']);
  expect(failed.code, failed.stderr).toBe(64);
  expect(failed.stdout).toMatch(/^web-1 +create +done +- +-$/m);
  expect(failed.stdout).toMatch(/^web-2 +create +failed +deploy 1: .*exit(ed|s)?.* 3/m);
  for (const way of ['saltern apply', 'saltern machine retry web-2', 'saltern machine destroy web-2']) {
    expect(failed.stderr).toContain(way);
  }
  writeFileSync(join(home, 'setup.sh'), '#!/bin/sh\nexit 0\n');
  const mended = await scene.cli(['apply', '-f', file, '--yes', '-o', 'json']);
  expect(mended.code, mended.stderr).toBe(0);
  expect(JSON.parse(mended.stdout)).toMatchObject([{ name: 'web-2', action: 'change', result: 'done' }]);
  expect((await scene.cli(['apply', '-f', file])).code).toBe(0);
});

async function inventory() {
  return (await scene.client.request('GET', '/v1/machines')).items;
}

async function nativeIds(): Promise<Record<string, string | null>> {
  const machines = (await inventory()).filter(({ nativeId }) => nativeId !== null);
  return Object.fromEntries(machines.map(({ name, nativeId }) => [name, nativeId]));
}

function writes() {
  return scene.emulator.admin.requests().filter(({ method }) => method !== 'GET');
}
