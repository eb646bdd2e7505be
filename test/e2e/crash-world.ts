import { expect } from 'vitest';
import type { Machine } from '../../src/client/generated.ts';
import { DEPLOY_FILE, RUNS } from './crash-profile.ts';
import type { Scene } from './harness.ts';

/** How one machine should be found. */
export interface Expected {
  readonly name: string;
  readonly status: Machine['status'];
  /** How often its deploy script ran since it was made. */
  readonly runs: number;
  /** How often it booted. */
  readonly boots: number;
  /** Instances, volumes and addresses that should be there: 1 of each, or none. */
  readonly there: boolean;
}

/**
 * The cloud holds exactly what was asked for, the ledger says the same, and the machine inside is what it should be: its
 * script ran so many times by its own log, and the host key that we pinned is the one it has.
 */
export async function expectWorld(scene: Scene, expected: Expected): Promise<void> {
  const { servers, volumes, ips } = scene.emulator.dump();
  const count = expected.there ? 1 : 0;
  expect({ servers: servers.length, volumes: volumes.length, ips: ips.length }, 'in the cloud').toEqual({
    servers: count,
    volumes: count,
    ips: count,
  });
  await expectLedger(scene);
  const machine = await machineNamed(scene, expected.name);
  expect({ status: machine.status, error: machine.error }).toEqual({ status: expected.status, error: null });
  const [server] = servers;
  if (!server) return;
  const inside = server.machine;
  expect(server.id).toBe(machine.nativeId);
  expect(server.state).toBe(expected.status === 'stopped' ? 'stopped' : 'running');
  expect([...volumes, ...ips].map((part) => part.server)).toEqual([server.id, server.id]);
  expect(server.userData, 'user data').toEqual({});
  expect(inside?.hostKeys.map(bare), 'host keys').toEqual(machine.hostKeys);
  expect(inside?.boots, 'boots').toBe(expected.boots);
  const id = inside?.files['/etc/machine-id'] ?? 'no machine-id';
  expect(inside?.files[RUNS], `lines that the script wrote to ${RUNS}`).toBe(id.repeat(expected.runs));
  expect(inside?.files[DEPLOY_FILE.path]).toBe(DEPLOY_FILE.content);
}

/** The ledger's rows that exist are what the cloud holds, no more and no less; all others are gone. */
export async function expectLedger(scene: Scene): Promise<void> {
  const { items } = await scene.client.request('GET', '/v1/providers/{provider}/resources', {
    params: { provider: 'paris' },
  });
  const { servers, volumes, ips } = scene.emulator.admin.dump(false);
  const there = items.filter(({ status }) => status !== 'gone');
  expect(there.map(({ kind, status, nativeId }) => `${status} ${kind} ${nativeId}`).sort(), 'in the ledger').toEqual(
    [
      ...servers.map(({ id }) => `exists instance ${id}`),
      ...volumes.map(({ id }) => `exists volume ${id}`),
      ...ips.map(({ id }) => `exists address ${id}`),
    ].sort(),
  );
}

async function machineNamed(scene: Scene, name: string): Promise<Machine> {
  const { items } = await scene.client.request('GET', '/v1/machines', { query: { name, destroyed: 'true' } });
  const [machine, ...others] = items;
  expect(others, `machines named ${name}`).toEqual([]);
  if (!machine) throw new Error(`machine ${name} is not in the inventory`);
  return machine;
}

function bare(key: string): string {
  return key.split(' ').slice(0, 2).join(' ');
}
