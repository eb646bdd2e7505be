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

function bare(key: string): string {
  return key.split(' ').slice(0, 2).join(' ');
}
