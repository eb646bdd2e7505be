import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

const CREATE = ['machine', 'create', 'web-1', '-p', 'web'] as const;
/** Asks for a server: what the faults below strike. */
const POST_SERVER = { method: 'POST', path: '/servers$' };

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
});
afterEach(() => destroyAll(scene));
afterAll(() => scene.close());

test('a wrong token', async () => {
  await scene.configure({}, { token: '5a17e50e-0000-4000-8000-00000000dead' });
  const stderr = await refused(scene, CREATE, { code: 'unauthenticated', says: /401/, hint: /`token`/ });
  expect(stderr).not.toContain('00000000dead');
  expect((await machine(scene, 'web-1')).status).toBe('failed');
  expectOnly(scene, []);
  await scene.configure();
});

test('a key that may not make machines', async () => {
  await scene.configure();
  scene.emulator.admin.addFaults([{ kind: 'forbidden', match: POST_SERVER }]);
  const stderr = await refused(scene, CREATE, { code: 'forbidden', says: /403 insufficient permissions/, hint: /IAM/ });
  expect(stderr).toContain('request id');
  expectOnly(scene, []);
});

test.for([
  { what: 'image', flag: ['--image', 'debian_bookwurm'], code: 'not_found', hint: 'Did you mean debian_bookworm?' },
  { what: 'size', flag: ['--size', 'DEV1-SS'], code: 'not_found', hint: 'Did you mean DEV1-S?' },
  { what: 'zone', flag: ['--location', 'fr-par-11'], code: 'invalid', hint: 'Did you mean fr-par-1?' },
  {
    what: 'architecture',
    flag: ['--size', 'COPARM1-2C-8G', '--image', 'centos_stream_9'],
    code: 'invalid',
    hint: 'It runs on DEV1-S',
  },
] as const)('an unknown or unfit $what: nothing is asked for', async ({ flag, code, hint }) => {
  await scene.configure();
  await refused(scene, [...CREATE, ...flag], { code, says: flag[1], hint });
  await refused(scene, ['machine', 'plan', 'web-1', '-p', 'web', ...flag], { code, says: flag[1], hint });
  expectOnly(scene, []);
});

test('a quota that is reached', async () => {
  await scene.configure();
  scene.emulator.admin.setQuotas({ cp_servers: 2 });
  const words = ['machine', 'create', 'web-1', 'web-2', 'web-3', '-p', 'web'];
  await refused(scene, words, { code: 'quota', says: /1 of 3 machines failed.*2 of 2 used/, hint: /higher quota/ });
  const { items } = await scene.client.request('GET', '/v1/machines');
  expect(items.map(({ status }) => status).sort()).toEqual(['failed', 'ready', 'ready']);
  scene.emulator.admin.setQuotas({ cp_servers: 1000 });
  const failed = items.find(({ status }) => status === 'failed')?.name ?? '';
  await done(scene, ['machine', 'retry', failed]);
  expectOnly(scene, ['web-1', 'web-2', 'web-3']);
});

test('a size that is out of stock, known before or told only when it is bought', async () => {
  const { admin } = scene.emulator;
  admin.setStock('fr-par-1', 'DEV1-S', 'shortage');
  // Other settings: what was remembered of the catalogue is forgotten.
  await scene.configure({}, { timeout: 29 });
  admin.clearRequests();
  const hint = /is in stock and fits/;
  await refused(scene, CREATE, { code: 'out_of_stock', says: 'DEV1-S is out of stock in fr-par-1', hint });
  expect(admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  admin.setStock('fr-par-1', 'DEV1-S', 'available');
  await destroyAll(scene);
  await scene.configure();
  admin.addFaults([{ kind: 'out-of-stock', match: POST_SERVER }]);
  await refused(scene, CREATE, { code: 'out_of_stock', says: 'out of stock', hint: 'another size' });
  expectOnly(scene, []);
});

test('500, cuts, silence and late effects when servers are asked for: one is made for each, and only one', async () => {
  const { admin } = scene.emulator;
  await scene.configure({}, { timeout: 0.5 });
  const kinds = ['late-visible', 'error-after-effect', 'cut', 'cut-before', 'hang'] as const;
  // A late effect comes together with another fault: a 500 although it took place, and 20 s until a look can tell.
  admin.addFaults(kinds.map((kind) => ({ kind, match: POST_SERVER, count: 1 })));
  admin.clearRequests();
  const names = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];
  await done(scene, ['machine', 'create', ...names, '-p', 'web']);
  expect(admin.requests().flatMap(({ faults }) => faults)).toEqual(expect.arrayContaining([...kinds]));
  expectOnly(scene, names);
});

test('an API that hangs for good', async () => {
  await scene.configure({}, { timeout: 0.1 });
  scene.emulator.admin.addFaults([{ kind: 'hang' }]);
  await refused(scene, CREATE, { code: 'timeout', says: 'no whole answer in time', hint: '`timeout` of the provider' });
  expectOnly(scene, []);
});

test('names in use, bad names, unknown profiles, unknown words', async () => {
  await scene.configure();
  await done(scene, CREATE);
  await refused(scene, CREATE, { code: 'conflict', says: '"web-1" is in the inventory already', hint: 'machine show' });
  const bad = ['machine', 'create', 'web_1', '-p', 'web'];
  await refused(scene, bad, { code: 'invalid', says: 'letters, digits and hyphens', hint: null });
  const near = { code: 'not_found', hint: /Did you mean "?web/ } as const;
  await refused(scene, ['machine', 'create', 'x', '-p', 'wep'], { ...near, says: /there is no profile "?wep/ });
  await refused(scene, ['machine', 'show', 'web-2'], { ...near, says: /there is no machine "?web-2/ });
  const unknown = { names: ['x'], profil: 'web' };
  const asked = scene.client.request('POST', '/v1/machines', { body: unknown as never });
  await expect(asked).rejects.toMatchObject({
    code: 'invalid',
    status: 400,
    field: 'profil',
    hint: expect.stringContaining('Did you mean "profile"?'),
  });
  expectOnly(scene, ['web-1']);
});
