import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';
import { authorizeController, loneVolume, madeByOthers, removeVolume, terminate } from './others.ts';

// The accidents that Salt Cloud's users know, each as they would meet it.

const SECRETS = {
  script: 'canary-in-a-script-8b1f',
  password: 'canary-password-51cc',
  userData: 'canary-user-data-70ae',
};

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await scene.configure({
    deploy: [
      {
        kind: 'script',
        name: 'setup.sh',
        content: `#!/bin/sh\n# ${SECRETS.script}\n`,
        env: { PASSWORD: SECRETS.password },
      },
    ],
    userData: `#cloud-config\nruncmd: ['true ${SECRETS.userData}']\n`,
    login: { password: SECRETS.password },
  });
  await authorizeController(scene);
});
afterEach(async () => {
  scene.emulator.admin.clearFaults();
  const { items } = await scene.client.request('GET', '/v1/machines');
  const ours = items.map(({ nativeId }) => nativeId);
  for (const { id } of scene.emulator.admin.dump(false).servers) if (!ours.includes(id)) await terminate(scene, id);
  await destroyAll(scene);
});
afterAll(() => scene.close());

test('a name that others use in the account is not made a second time, and can then be imported', async () => {
  const [id = ''] = await madeByOthers(scene, ['db-1']);
  const plan = await done(scene, ['machine', 'plan', 'db-1', 'db-2', '-p', 'web']);
  expect(plan).toContain(`conflict db-1 (an instance named db-1 is in paris already (${id})`);
  expect(plan).toContain('create db-2');
  scene.emulator.admin.clearRequests();
  await refused(scene, ['machine', 'create', 'db-2', 'db-1', '-p', 'web'], {
    code: 'conflict',
    says: `an instance named db-1 is in paris already (${id}), not managed here, and is not made a second time`,
    hint: `saltern machine import --provider paris ${id}`,
  });
  expectNoWrites();
  expect(await done(scene, ['machine', 'list', '-o', 'name'])).toBe('');
  await done(scene, ['machine', 'import', '--provider', 'paris', '-p', 'web', id, '--yes']);
  await done(scene, ['machine', 'create', 'db-2', '-p', 'web']);
  expectOnly(scene, ['db-1', 'db-2']);
  await done(scene, ['machine', 'destroy', 'db-1', '--imported', '--yes']);
});

test('an outage: it is no empty fleet, nothing is made twice, and the next apply makes what is missing', {
  timeout: 60_000,
}, async () => {
  await done(scene, ['apply', '-f', fleetFile(['web-1']), '--yes']);
  const words = ['apply', '-f', fleetFile(['web-1', 'web-2', 'web-3']), '--yes'];
  // The API falls over before any list can be read.
  scene.emulator.admin.addFaults([{ kind: 'error-before', match: { path: '/servers' } }]);
  const plan = await scene.cli(['plan', ...words.slice(1, 3), '-o', 'json']);
  expect([plan.code, plan.stdout.match(/"action": "\w+"/g)]).toEqual([2, Array(3).fill('"action": "unknown"')]);
  const during = await scene.cli(words);
  expect(during.code, during.stderr).not.toBe(0);
  expectOnly(scene, ['web-1']);

  // It falls over right after each instance was made: the answers are lost.
  scene.emulator.admin.clearFaults();
  const lost = { kind: 'error-after-effect', match: { method: 'POST', path: '/servers$' }, count: 2 } as const;
  scene.emulator.admin.addFaults([lost]);
  await done(scene, words);
  expectOnly(scene, ['web-1', 'web-2', 'web-3']);
});

test('a profile that is misspelt is an error before anything happens, whatever may be ended', async () => {
  await apply(mapOf(['web-1', 'web-2']));
  const before = world();
  scene.emulator.admin.clearRequests();
  const [first, second] = mapOf(['web-1', 'web-2']).machines;
  const map = { name: 'fleet', machines: [first, { ...second, profile: 'wep', origin: 'fleet.yml:2' }] };
  const words = ['apply', '-f', fleetFile(['web-1'], { 'web-2': 'wep' }), '--prune', '--replace', '--yes'];
  await refused(scene, words, { code: 'invalid', says: /saltern\.yaml:\d+:\d+: error: .*wep/, hint: null });
  // The same for who does not come through our command line.
  for (const path of ['/v1/maps/plan', '/v1/maps/apply'] as const) {
    const asked = scene.client.request('POST', path, { body: { map, allow: ['prune', 'replace'] } as never });
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('wep') });
  }
  expectNoWrites();
  expect(world()).toEqual(before);
});

test('two instances of one name are both shown, and each is taken over by its own id', async () => {
  const [first = '', second = ''] = await madeByOthers(scene, ['twin', 'twin']);
  const shown = await done(scene, ['machine', 'import', '--provider', 'paris', 'twin', '--dry-run']);
  expect(shown).toContain('exists twice');
  expect(shown).toContain(first);
  expect(shown).toContain(second);
  const plan = await scene.client.request('POST', '/v1/maps/plan', { body: { map: mapOf(['twin']) } as never });
  expect(plan.actions).toMatchObject([{ action: 'not ours', nativeIds: expect.arrayContaining([first, second]) }]);
  const words = ['machine', 'import', '--provider', 'paris', '-p', 'web', '--yes'];
  await refused(scene, [...words, 'twin'], { code: 'conflict', says: '2 instances bear this name', hint: null });
  await done(scene, [...words, first]);
  await refused(scene, [...words, second], {
    code: 'conflict',
    says: /another machine is called twin.*--as NAME/,
    hint: null,
  });
  await done(scene, [...words, second, '--as', 'twin-b']);
  expect([(await machine(scene, 'twin')).nativeId, (await machine(scene, 'twin-b')).nativeId]).toEqual([first, second]);
  await done(scene, ['machine', 'destroy', 'twin-b', '--imported', '--yes']);
  expect(world().servers).toEqual([first]);
  await done(scene, ['machine', 'destroy', 'twin', '--imported', '--yes']);
});

test('the same name in another provider does not count as being there', async () => {
  const [id = ''] = await madeByOthers(scene, ['web-1']);
  await configureAmsterdam();
  const map = { name: 'fleet', machines: [{ name: 'web-1', profile: 'ams', origin: 'fleet.yml:1' }] };
  const plan = await scene.client.request('POST', '/v1/maps/plan', { body: { map } as never });
  expect(plan.actions).toMatchObject([{ name: 'web-1', provider: 'amsterdam', action: 'create' }]);
  expect((await apply(map)).error).toBeNull();
  const { nativeId, location } = await machine(scene, 'web-1');
  expect([location, world().servers]).toEqual(['nl-ams-1', [id, nativeId].sort()]);
});

test('a machine that vanishes while it is destroyed takes nobody else’s volumes along', async () => {
  await madeByOthers(scene, ['other-1', 'other-2']);
  const precious = await loneVolume(scene, 'precious');
  const before = world();
  await done(scene, ['machine', 'create', 'web-1', '-p', 'web']);
  const { nativeId } = await machine(scene, 'web-1');
  scene.emulator.admin.addFaults([{ kind: 'error-before', match: { method: 'POST', path: '/action$' } }]);
  scene.emulator.admin.clearRequests();
  const destroying = scene.cli(['machine', 'destroy', 'web-1', '--yes']);
  await expect.poll(() => scene.emulator.admin.requests().some(({ method }) => method === 'POST')).toBe(true);
  scene.emulator.admin.clearFaults();
  await terminate(scene, nativeId ?? '').catch(() => {});
  const { code, stderr } = await destroying;
  expect(code, stderr).toBe(0);
  expect(world()).toEqual(before);
  await removeVolume(scene, precious);
});

test('no private key, password or script stands in any event', async () => {
  await done(scene, ['machine', 'create', 'web-1', '-p', 'web']);
  const events = await allEvents();
  expect(new Set(events.map(({ type }) => type))).toContain('machine.status');
  const text = JSON.stringify(events);
  expect(text).toContain('deploy 1: setup.sh');
  for (const secret of [...Object.values(SECRETS), 'PRIVATE KEY', scene.emulator.env()['SCW_SECRET_KEY'] ?? '']) {
    expect(text).not.toContain(secret);
  }
});

async function allEvents() {
  const all = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { items: readonly { id: number; type: string }[]; next?: number | undefined } =
      await scene.client.request('GET', '/v1/events', { query: { after, limit: 1000 } });
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

async function configureAmsterdam(): Promise<void> {
  const { SCW_ACCESS_KEY: access_key, SCW_SECRET_KEY: token } = scene.emulator.env();
  const settings = { access_key, token, api_url: scene.emulator.url, zone: 'nl-ams-1' };
  const limits = { requestsPerSecond: 1000, burst: 1000 };
  const ssh = { port: scene.emulator.sshPort };
  const ams = { name: 'ams', provider: 'amsterdam', image: 'debian_bookworm', size: 'DEV1-S', ssh };
  const providers = [{ name: 'amsterdam', driver: 'scaleway', settings, limits }];
  await scene.client.request('POST', '/v1/config', { body: { providers, profiles: [ams] } });
}

function mapOf(names: readonly string[]) {
  return { name: 'fleet', machines: names.map((name, i) => ({ name, profile: 'web', origin: `fleet.yml:${i + 1}` })) };
}

/** A file of a user's: the provider, its profile, and a fleet of these machines; some from another profile. */
function fleetFile(names: readonly string[], others: Readonly<Record<string, string>> = {}): string {
  const { SCW_ACCESS_KEY: access_key, SCW_SECRET_KEY: token } = scene.emulator.env();
  const paris = { driver: 'scaleway', access_key, token, api_url: scene.emulator.url, zone: 'fr-par-1' };
  const limits = { requests_per_second: 1000, burst: 1000 };
  const ssh = { port: scene.emulator.sshPort };
  const plain = { provider: 'paris', image: 'debian_bookworm', size: 'DEV1-S', ssh };
  const profiles = { ...Object.fromEntries(names.map((name) => [name, 'plain'])), ...others };
  const machines = Object.fromEntries(Object.entries(profiles).map(([name, profile]) => [name, { profile }]));
  const file = join(scene.home, 'saltern.yaml');
  writeFileSync(
    file,
    JSON.stringify({ providers: { paris: { ...paris, limits } }, profiles: { plain }, machines }, null, 2),
  );
  return file;
}

async function apply(map: object) {
  const { operation } = await scene.client.request('POST', '/v1/maps/apply', { body: { map } as never });
  return scene.ended(operation.id);
}

function world() {
  const { servers, volumes, ips } = scene.emulator.admin.dump(false);
  const ids = (things: readonly { readonly id: string }[]) => things.map(({ id }) => id).sort();
  return { servers: ids(servers), volumes: ids(volumes), ips: ids(ips) };
}

function expectNoWrites(): void {
  expect(scene.emulator.admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
}
