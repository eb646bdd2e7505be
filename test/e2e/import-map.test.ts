import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pemFinger } from '../../src/lib/pem-finger.ts';
import { done, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';
import { authorizeController, madeByOthers } from './others.ts';

const FLEET = Array.from({ length: 10 }, (_, i) => `web-${i + 1}`);
const MINION_KEY = '/etc/salt/pki/minion/minion.pub';

let scene: Scene;
/** Salt's directory, with the map and the master's keys, and the words that name them. */
let files: readonly string[];

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await authorizeController(scene);
  files = ['-c', join(scene.home, 'salt'), '-m', join(scene.home, 'salt', 'fleet.map')];
  write('cloud.providers', JSON.stringify({ paris: provider() }));
  write('cloud.profiles', JSON.stringify({ web: profile() }));
  write('fleet.map', `web:\n${FLEET.map((name) => `  - ${name}\n`).join('')}`);
  await done(scene, ['config', 'load', '-c', join(scene.home, 'salt')]);
});
afterAll(() => scene.close());

test('ten machines that run already: shown, taken over with their minion keys, and then nothing is left to do', {
  timeout: 60_000,
}, async () => {
  const { admin } = scene.emulator;
  const [own, other] = [newKey(), newKey()];
  const userData = { 'web-1': minion(own), 'web-2': minion(own) };
  const before = await madeByOthers(scene, FLEET, { tags: ['theirs'], userData });
  write('pki/master/minions/web-1', own);
  write('pki/master/minions/web-2', other);
  write('pki/master/minions/web-3', other);

  const planned = await scene.cli(['plan', ...files]);
  expect(planned.code, planned.stderr).toBe(2);
  expect(planned.stdout.match(/^ .*not ours/gm)).toHaveLength(10);
  admin.clearRequests();
  const shown = await scene.cli(['import', ...files, '--dry-run']);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout.match(/^web-\d+ +import +paris .*$/gm)).toHaveLength(10);
  expect(shown.stdout.match(/accepted/g)).toHaveLength(3);
  expect(writes()).toEqual([]);

  const imported = await scene.cli(['import', ...files, '--yes']);
  expect(imported.code, imported.stderr).toBe(0);
  // One look and one write of tags for each, and the profile's own tag beside.
  expect(new Set(writes().map(({ method, path }) => `${method} ${path.replace(/[0-9a-f-]{36}/, 'ID')}`))).toEqual(
    new Set(['PATCH /instance/v1/zones/fr-par-1/servers/ID']),
  );
  const { servers } = admin.dump();
  expect(servers.map(({ id }) => id).sort()).toEqual([...before].sort());
  for (const { tags, machine: inside } of servers) {
    expect(tags).toEqual(expect.arrayContaining(['theirs', 'web', expect.stringContaining('saltern:resource=')]));
    expect(inside?.boots).toBe(1);
  }
  const standings = await Promise.all(['web-1', 'web-2', 'web-3', 'web-4'].map(async (name) => machine(scene, name)));
  expect(standings.map(({ agentKey }) => agentKey)).toEqual([
    { id: 'web-1', fingerprint: pemFinger(own), standing: 'accepted' },
    { id: 'web-2', fingerprint: pemFinger(own), standing: 'different' },
    { id: 'web-3', fingerprint: null, standing: 'absent' },
    null,
  ]);
  expect(standings[0]).toMatchObject({ status: 'ready', origin: 'imported', hostKeyOrigin: 'first-contact' });

  admin.clearRequests();
  expect((await scene.cli(['plan', ...files])).code).toBe(0);
  expect(await done(scene, ['apply', ...files, '--yes'])).toBeTypeOf('string');
  expect(writes()).toEqual([]);
});

test('what differs is imported as it is and shown by the plan', { timeout: 60_000 }, async () => {
  await madeByOthers(scene, ['big-1'], { size: 'DEV1-L' });
  await madeByOthers(scene, ['off-1'], { stopped: true });
  write('fleet.map', `web: [big-1, off-1, not-there]\n`);
  const shown = await scene.cli(['import', ...files, '--yes']);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/^not-there +not found .*paris has no such instance$/m);
  expect(await machine(scene, 'big-1')).toMatchObject({ status: 'ready', size: 'DEV1-L', asked: { size: 'DEV1-L' } });
  expect(await machine(scene, 'off-1')).toMatchObject({
    status: 'stopped',
    origin: 'imported',
    asked: { size: 'DEV1-S' },
  });
  const plan = await scene.cli(['plan', ...files, 'big-1', 'off-1']);
  expect(plan.code, plan.stderr).toBe(2);
  expect(plan.stdout).toContain('size DEV1-L → DEV1-S');
  expect(plan.stdout).toContain('power stopped → running');
});

test('a machine that does not know our key stays imported and says what it needs', { timeout: 60_000 }, async () => {
  scene.emulator.admin.trouble('mute-1', { sshRefused: true });
  await madeByOthers(scene, ['mute-1']);
  write('fleet.map', 'web: [mute-1]\n');
  await refused(scene, ['import', ...files, '--yes'], {
    code: 'timeout',
    says: 'ssh answers',
    hint: /public key \(saltern status\).*machine retry mute-1/,
  });
  expect(await machine(scene, 'mute-1')).toMatchObject({ status: 'failed', origin: 'imported' });
  expect(await done(scene, ['status'])).toMatch(/Public key: +ssh-ed25519 AAAA/);
  scene.emulator.admin.trouble('mute-1', {});
  await done(scene, ['machine', 'retry', 'mute-1']);
  expect((await machine(scene, 'mute-1')).status).toBe('ready');
});

test.each(['mark as ours', 'ready'])('killed after `%s`, the import goes on where it was', async (step) => {
  const name = step.replaceAll(' ', '-');
  await done(scene, ['stop']);
  const controller = await scene.start({ SALTERN_CRASH_AT: `import-machine:${step}:effect` });
  const ended = new Promise((resolve) => controller.once('exit', resolve));
  await madeByOthers(scene, [name]);
  const machines = [{ name, profile: 'web', origin: 'fleet.yml:1' }];
  const body = { map: { name: 'fleet', machines } };
  const { operation } = await scene.client.request('POST', '/v1/maps/import', { body });
  await ended;
  await scene.start();
  expect((await scene.ended(operation?.id ?? '')).error).toBeNull();
  expect(await machine(scene, name)).toMatchObject({ status: 'ready', origin: 'imported', map: 'fleet' });
  const [server] = scene.emulator.dump().servers.filter((one) => one.name === name);
  expect([server?.machine?.boots, server?.tags.length]).toEqual([1, 3]);
});

function provider() {
  const { SCW_ACCESS_KEY: access_key, SCW_SECRET_KEY: token } = scene.emulator.env();
  return { driver: 'scaleway', access_key, token, api_url: scene.emulator.url, zone: 'fr-par-1' };
}

function profile() {
  const { sshPort } = scene.emulator;
  const known = { image: 'debian_bookworm', size: 'DEV1-S', tags: ['web'], deploy: false };
  return { provider: 'paris', ...known, ssh_port: sshPort };
}

function write(path: string, text: string): void {
  const whole = join(scene.home, 'salt', path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
}

function writes() {
  return scene.emulator.admin.requests().filter(({ method }) => method !== 'GET');
}

/** User data of a machine whose minion has this key. */
function minion(key: string): string {
  return `#cloud-config\n${JSON.stringify({ write_files: [{ path: MINION_KEY, content: key }] })}\n`;
}

function newKey(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
