import { type Emulator, startEmulator } from 'saltern-emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kill } from './crash-process.ts';
import { openScene, type Scene } from './harness.ts';
import { actionsOf, apply, begin, endsOf, mapOf, plan } from './map-fleet.ts';

const EACH = 100;
const ROOM = 60;
const CLOCK = 40;

let scene: Scene;
let lyon: Emulator;

beforeAll(async () => {
  scene = await openScene({ clockSpeed: CLOCK });
  const network = `127.${1 + ((process.pid * 7 + 113) % 250)}`;
  lyon = await startEmulator({
    machines: 'memory',
    network,
    sshPort: 31_000 + (process.pid % 1000),
    clockSpeed: CLOCK,
  });
  await scene.start();
  await scene.configure();
  const settings = { access_key: lyon.env()['SCW_ACCESS_KEY'], token: lyon.env()['SCW_SECRET_KEY'], api_url: lyon.url };
  const limits = { requestsPerSecond: 1000, burst: 1000, concurrency: 100 };
  const far = { name: 'far', provider: 'lyon', image: 'debian_bookworm', size: 'DEV1-S', ssh: { port: lyon.sshPort } };
  await scene.client.request('POST', '/v1/config', {
    body: { providers: [{ name: 'lyon', driver: 'scaleway', settings, limits }], profiles: [far] },
  });
});
afterAll(async () => {
  await scene.close();
  await lyon.close();
});

const fleet = mapOf(
  ...names('near').map((name) => ({ name })),
  ...names('far').map((name) => ({ name, profile: 'far' })),
);

test('200 machines on two providers: one fails half-way, the second apply makes only what is missing', {
  timeout: 90_000,
}, async () => {
  lyon.admin.setQuotas({ cp_servers: ROOM });
  const first = await apply(scene, fleet);
  const ends = Object.values(endsOf(first.ended));
  expect(ends.filter((end) => end === 'succeeded')).toHaveLength(EACH + ROOM);
  expect(ends.filter((end) => end === 'failed quota')).toHaveLength(EACH - ROOM);
  expect(first.ended.error).toMatchObject({
    code: 'quota',
    message: expect.stringContaining('40 of 200 machines failed'),
  });
  const before = [...serversOf(scene.emulator), ...serversOf(lyon)];
  expect(before).toHaveLength(EACH + ROOM);

  lyon.admin.setQuotas({ cp_servers: 1000 });
  const shown = actionsOf(await plan(scene, fleet));
  expect(shown.filter((line) => line.endsWith(': keep'))).toHaveLength(EACH + ROOM);
  for (const emulator of [scene.emulator, lyon]) emulator.admin.clearRequests();
  const second = await apply(scene, fleet);
  expect(second.ended.error).toBeNull();
  expect(second.applied.machines).toHaveLength(EACH - ROOM);
  expect(writesOf(scene.emulator)).toEqual([]);
  expect(writesOf(lyon).filter(({ path }) => path.endsWith('/servers'))).toHaveLength(EACH - ROOM);

  expect(
    serversOf(scene.emulator)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(names('near'));
  expect(
    serversOf(lyon)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(names('far'));
  const after = new Set([...serversOf(scene.emulator), ...serversOf(lyon)].map(({ id }) => id));
  expect(before.filter(({ id }) => !after.has(id))).toEqual([]);
  expect(await plan(scene, fleet)).toMatchObject({ changes: false });
});

test('a provider that cannot be believed leaves its machines alone; the other’s are made', {
  timeout: 60_000,
}, async () => {
  lyon.admin.addFaults([{ kind: 'empty-list' }]);
  const more = mapOf(...fleet.machines, 'near-x', { name: 'far-x', profile: 'far' });
  const { applied, ended } = await apply(scene, more);
  lyon.admin.clearFaults();
  expect(ended.error).toMatchObject({ code: 'conflict' });
  expect(endsOf(ended)).toEqual({ 'near-x': 'succeeded' });
  expect(applied.left).toHaveLength(EACH + 1);
  expect(applied.left[0]?.reason).toContain('100 of 100 machines vanished at once');
  expect(serversOf(lyon)).toHaveLength(EACH);
});

test('one at a time in each, requiring each other crosswise, the controller killed in between: none waits for ever', {
  timeout: 60_000,
}, async () => {
  for (const [name, driver] of [
    ['paris', scene.emulator],
    ['lyon', lyon],
  ] as const) {
    const settings = {
      access_key: driver.env()['SCW_ACCESS_KEY'],
      token: driver.env()['SCW_SECRET_KEY'],
      api_url: driver.url,
    };
    const limits = { requestsPerSecond: 1000, burst: 1000, concurrency: 1 };
    await scene.client.request('POST', '/v1/config', {
      body: { providers: [{ name, driver: 'scaleway', settings, limits }] },
    });
  }
  const crosswise = {
    ...mapOf(
      { name: 'near-1', requires: ['far-1'] },
      { name: 'far-2', profile: 'far', requires: ['near-2'] },
      { name: 'near-2', requires: ['far-3'] },
      { name: 'far-1', profile: 'far' },
      { name: 'far-3', profile: 'far', requires: ['near-3'] },
      'near-3',
    ),
    name: '/srv/crosswise.yaml',
  };
  const { operation } = await begin(scene, crosswise);
  await expect.poll(() => serversOf(lyon).some(({ name }) => name === 'far-1'), { timeout: 20_000 }).toBe(true);
  await kill(scene);
  await scene.start();
  const ended = await scene.ended(operation.id);
  expect([ended.error, Object.values(endsOf(ended))]).toEqual([null, Array(6).fill('succeeded')]);
  expect(await plan(scene, crosswise)).toMatchObject({ changes: false });
});

function names(prefix: string): string[] {
  return Array.from({ length: EACH }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`);
}

function serversOf({ admin }: Emulator) {
  return admin.dump(false).servers;
}

function writesOf({ admin }: Emulator) {
  return admin.requests().filter(({ method }) => method !== 'GET');
}
