import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './harness.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
});
afterAll(() => scene.close());

test('three machines are made at once, deployed, shown and destroyed; nothing is left', {
  timeout: 60_000,
}, async () => {
  const content = '#!/bin/sh\nset -eu\necho "on $(hostname)"\ncat /etc/machine-id > /srv/marker\n';
  await scene.configure({ deploy: [{ kind: 'script', name: 'setup.sh', content }] });
  const created = await scene.create(['web-1', 'web-2', 'web-3']);
  expect(created.error).toBeNull();
  const { items } = await scene.client.request('GET', '/v1/machines');
  expect(items.map(({ name, status }) => [name, status])).toEqual([
    ['web-1', 'ready'],
    ['web-2', 'ready'],
    ['web-3', 'ready'],
  ]);
  const { servers } = scene.emulator.dump();
  expect(servers).toHaveLength(3);
  for (const server of servers) {
    const machine = items.find(({ nativeId }) => nativeId === server.id);
    expect(machine?.hostKeys).toHaveLength(1);
    expect(server.machine?.hostKeys.map(bare)).toEqual(machine?.hostKeys);
    expect(server.machine?.files['/srv/marker']).toBe(server.machine?.files['/etc/machine-id']);
    expect(server.userData).toEqual({});
  }
  const { stdout } = await scene.cli(['machine', 'list', '-o', 'name']);
  expect(stdout).toBe('web-1\nweb-2\nweb-3\n');
  const destroyed = await scene.cli(['machine', 'destroy', 'web-*', '--yes']);
  expect(destroyed.code, destroyed.stderr).toBe(0);
  expect(scene.emulator.dump()).toMatchObject({ servers: [], volumes: [], ips: [] });
});

test('a request may want other than its profile says; machines that exist are planned too', {
  timeout: 60_000,
}, async () => {
  const { client } = scene;
  const overrides = { size: 'DEV1-L', tags: ['blue'], deploy: [] };
  const asked = { names: ['odd-1'], profile: 'web', overrides };
  const plan = await client.request('POST', '/v1/machines/plan', { body: asked });
  expect(plan).toMatchObject({ size: 'DEV1-L', machines: [{ name: 'odd-1', action: 'create' }] });
  // What is said on its own goes before what the overrides say.
  const made = await scene.create(['odd-1'], { overrides, size: 'DEV1-M' });
  expect(made.error).toBeNull();
  const [server] = scene.emulator.dump().servers;
  expect(server).toMatchObject({ commercialType: 'DEV1-M', tags: expect.arrayContaining(['blue']) });
  expect(server?.machine?.files['/srv/marker']).toBeUndefined();

  const wrong = { names: ['odd-2'], profile: 'web', overrides: { options: { public_ipp: true } } };
  for (const path of ['/v1/machines', '/v1/machines/plan'] as const) {
    await expect(client.request('POST', path, { body: wrong })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('public_ipp'),
    });
  }
  expect((await client.request('GET', '/v1/machines')).items.map(({ name }) => name)).toEqual(['odd-1']);

  const metal = { name: 'metal', provider: 'boxes', options: { host: '192.0.2.1' } };
  const providers = [{ name: 'boxes', driver: 'ssh' }];
  await client.request('POST', '/v1/config', { body: { providers, profiles: [metal] } });
  const body = { names: ['box-1', 'odd-1'], profile: 'metal' };
  expect(await client.request('POST', '/v1/machines/plan', { body })).toMatchObject({
    image: null,
    size: null,
    price: null,
    machines: [
      { name: 'box-1', action: 'enrol' },
      { name: 'odd-1', action: 'exists' },
    ],
  });
  const rows = await client.request('GET', '/v1/providers');
  expect(rows.items.map(({ name, features }) => [name, features?.existing])).toEqual([
    ['paris', false],
    ['boxes', true],
  ]);
});

function bare(key: string): string {
  return key.split(' ').slice(0, 2).join(' ');
}
