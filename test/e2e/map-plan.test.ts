import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './harness.ts';
import { actionsOf, apply, byHand, mapOf, plan } from './map-fleet.ts';
import { madeByOthers } from './others.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await scene.configure({ tags: ['blue'], deploy: script('echo one') });
});
afterAll(() => scene.close());

const script = (content: string) => [{ kind: 'script', name: 'setup.sh', content }];
const fleet = mapOf('web-1', 'web-2', 'web-3');

/** No plan changes anything, in the cloud or here. */
async function readOnly<T>(look: () => Promise<T>): Promise<T> {
  const { admin } = scene.emulator;
  admin.clearRequests();
  const [world, machines] = [admin.dump(false), await scene.client.request('GET', '/v1/machines')];
  const answer = await look();
  expect(admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(admin.requests().length).toBeGreaterThan(0);
  expect({ ...admin.dump(false), time: world.time }).toEqual(world);
  expect(await scene.client.request('GET', '/v1/machines')).toEqual(machines);
  return answer;
}

test('a fleet that is not there: where, what and at which price, asked for by GETs alone', async () => {
  const shown = await readOnly(() => plan(scene, fleet));
  expect(actionsOf(shown)).toEqual(['web-1: create', 'web-2: create', 'web-3: create']);
  const { endpoint, project } = shown.providers[0]?.scope ?? {};
  expect([endpoint, project]).toEqual([scene.emulator.url, scene.emulator.env()['SCW_DEFAULT_PROJECT_ID']]);
  const [{ size, image, location, price } = {}] = shown.actions;
  expect([size, image, location]).toEqual(['DEV1-S', 'Debian Bookworm', 'fr-par-1']);
  const hourly = price?.hourly ?? 0;
  expect(hourly).toBeGreaterThan(0);
  expect(shown.costs).toMatchObject([{ currency: 'EUR', now: { hourly: 0 }, after: { hourly: hourly * 3 } }]);
});

test('one thousand machines of three profiles cost a handful of requests', async () => {
  const sizes = ['DEV1-S', 'DEV1-M', 'GP1-XS'];
  const machines = Array.from({ length: 1000 }, (_, i) => ({ name: `n-${i}`, overrides: { size: sizes[i % 3] } }));
  const began = performance.now();
  const shown = await readOnly(() => plan(scene, mapOf(...machines)));
  expect(shown.actions.filter(({ action }) => action === 'create')).toHaveLength(1000);
  expect(scene.emulator.admin.requests().length).toBeLessThanOrEqual(12);
  const ms = performance.now() - began;
  console.log(`plan of 1,000: ${Math.round(ms)} ms, ${scene.emulator.admin.requests().length} requests`);
  expect(ms).toBeLessThan(4000);
});

test('each kind of drift is told, and what it takes to put it right', { timeout: 60_000 }, async () => {
  expect((await apply(scene, fleet)).ended.error).toBeNull();
  expect(await plan(scene, fleet)).toMatchObject({ changes: false });
  const hand = byHand(scene);
  await hand.tag('web-1', (tags) => [...tags.filter((tag) => tag !== 'blue'), 'theirs']);
  await hand.act('web-2', 'poweroff');
  await scene.configure({ tags: ['blue'], deploy: script('echo two') });
  const map = mapOf(
    'web-1',
    { name: 'web-2', overrides: { size: 'DEV1-M' } },
    { name: 'web-3', overrides: { image: 'ubuntu_noble' } },
  );
  const shown = await readOnly(() => plan(scene, map));
  expect(actionsOf(shown)).toEqual(['web-1: change redeploy', 'web-2: change redeploy', 'web-3: replace replace']);
  expect(
    shown.actions.map(({ changes }) =>
      changes.map(({ what, from, to }) => `${what} ${what === 'deploy' ? '' : `${from} > ${to}`}`),
    ),
  ).toEqual([
    ['tags null > blue', 'deploy '],
    ['size DEV1-S > DEV1-M', 'power stopped > running', 'deploy '],
    ['image Debian Bookworm > Ubuntu 24.04 Noble Numbat', 'deploy '],
  ]);
  const allowed = await plan(scene, map, ['replace', 'redeploy']);
  expect(actionsOf(allowed)).toEqual(['web-1: change', 'web-2: change', 'web-3: replace']);
});

test('what the map dropped, what others made, and what the backend lost', { timeout: 60_000 }, async () => {
  await madeByOthers(scene, ['shop-1', 'shop-2', 'shop-2']);
  await byHand(scene).act('web-1', 'terminate');
  const shown = await readOnly(() => plan(scene, mapOf('web-1', 'shop-1', 'shop-2')));
  expect(actionsOf(shown)).toEqual([
    'web-1: replace replace',
    'shop-1: not ours import',
    'shop-2: not ours import',
    'web-2: destroy prune',
    'web-3: destroy prune',
  ]);
  expect(shown.actions.map(({ nativeIds }) => nativeIds.length)).toEqual([0, 1, 2, 0, 0]);
  expect(shown.actions[0]?.reason).toContain('gone');
  const some = await scene.client.request('POST', '/v1/maps/plan', {
    body: { map: mapOf('web-1', 'shop-1'), only: ['shop-1'] } as never,
  });
  expect(actionsOf(some)).toEqual(['shop-1: not ours import']);
});

test('a provider that lies or is away is unknown: nothing is planned from it', { timeout: 60_000 }, async () => {
  const { admin } = scene.emulator;
  for (const { fault, says } of [
    { fault: { kind: 'other-project' }, says: 'another account' },
    { fault: { kind: 'error-before', match: { path: '/servers' } }, says: '500' },
  ] as const) {
    admin.addFaults([fault]);
    const shown = await readOnly(() => plan(scene, mapOf('web-2', 'new-1'), ['prune', 'replace']));
    admin.clearFaults();
    expect(shown.providers).toMatchObject([{ status: 'unknown', reason: expect.stringContaining(says) }]);
    expect(new Set(shown.actions.map(({ action }) => action))).toEqual(new Set(['unknown']));
  }
});

test('the command line: read by people and by programs, with 2 for changes and 0 for none', {
  timeout: 60_000,
}, async () => {
  const file = write('fleet.yaml', ['  web-2: {profile: web, tags: [blue]}', '  new-1: {profile: web}']);
  const shown = await scene.cli(['plan', '-f', file]);
  expect([shown.code, shown.stderr]).toEqual([2, '']);
  expect(shown.stdout).toContain(`paris (scaleway) at ${scene.emulator.url}`);
  expect(shown.stdout).toMatch(
    /^ {2}\+ new-1 +create +DEV1-S, Debian Bookworm, fr-par-1 +0\.0090\/h 6\.55\/month EUR$/m,
  );
  expect(shown.stdout).toMatch(/^cost: [\d.]+ → [\d.]+ EUR\/h/m);
  const json = await scene.cli(['plan', '-f', file, '-o', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ changes: true, actions: [{ name: 'web-2' }, { name: 'new-1' }] });
  const empty = write('none.yaml', []);
  expect(await scene.cli(['plan', '-f', empty])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing to do'),
  });
});

test('every mistake of a map at once, where it was written, before anything is asked', {
  timeout: 60_000,
}, async () => {
  const { admin } = scene.emulator;
  admin.clearRequests();
  const map = mapOf(
    { name: 'a', profile: 'wbe' },
    { name: 'b', requires: ['nobody'] },
    { name: 'c', requires: ['d'] },
    { name: 'd', requires: ['c'] },
  );
  await expect(plan(scene, map)).rejects.toMatchObject({
    code: 'invalid',
    field: 'map.machines.a.profile',
    hint: [
      'fleet.yaml:1: machine a: there is no profile "wbe". Did you mean "web"?',
      'fleet.yaml:2: machine b requires nobody, which is not in the map',
      'fleet.yaml:3: machines require each other in a circle: c → d → c',
    ].join('\n'),
  });
  expect(admin.requests()).toEqual([]);
  const image = mapOf({ name: 'a', overrides: { image: 'debian_bokworm' } });
  await expect(plan(scene, image)).rejects.toMatchObject({ field: 'map.machines.a.overrides.image' });
  const options = mapOf({ name: 'a', overrides: { options: { public_pi: 'none' } } });
  await expect(plan(scene, options)).rejects.toMatchObject({ field: 'map.machines.a.overrides.options.public_pi' });
});

function write(name: string, machines: readonly string[]): string {
  const { emulator, home } = scene;
  const env = emulator.env();
  const file = join(home, name);
  mkdirSync(home, { recursive: true });
  const text = `providers:
  paris: {driver: scaleway, access_key: ${env['SCW_ACCESS_KEY']}, token: ${env['SCW_SECRET_KEY']}, api_url: '${emulator.url}', zone: fr-par-1}
profiles:
  web: {provider: paris, image: debian_bookworm, size: DEV1-S, ssh: {port: ${emulator.sshPort}}}
machines:${machines.length > 0 ? `\n${machines.join('\n')}` : ' {}'}
`;
  writeFileSync(file, text);
  return file;
}
