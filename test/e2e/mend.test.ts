import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MACHINE_ORIGINS } from '../../src/core/machine.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { resource, machine as sampleMachine, provider as sampleProvider } from '../contract/store-samples.ts';
import { done, machine } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

let scene: Scene;

/** What a crash leaves between taking a name and beginning the operation. */
beforeAll(async () => {
  scene = await openScene({ machines: 'none', clockSpeed: 1000 });
  const key = Buffer.alloc(32, 7);
  await writeFile(join(scene.home, 'key'), key.toString('hex'), { mode: 0o600 });
  const store = await openSqliteStore({ file: join(scene.home, 'saltern.db'), key, clock: systemClock });
  const { id: provider } = await store.providers.insert(
    sampleProvider({ name: 'metal', driver: 'ssh', settings: {}, secretKeys: [], checkedAt: null }),
  );
  const asked = {
    provider,
    status: 'requested',
    nativeId: null,
    readyAt: null,
    sshUser: null,
    operation: null,
  } as const;
  for (const origin of MACHINE_ORIGINS) {
    const made = sampleMachine({ ...asked, name: `${origin}-1`, origin, profile: null });
    await store.machines.insert(made);
    await store.resources.insert(
      resource({ id: made.resource, provider, machine: made.id, kind: 'host', status: 'wanted', nativeId: null }),
    );
  }
  await store.close();
  await scene.start();
});
afterAll(() => scene.close());

test('a machine that nobody began with is failed, and the hint is of the way that it came', async () => {
  const hints = { created: /^Destroy it and create/, imported: /^Forget it and import/, enrolled: /^Enrol it again/ };
  for (const origin of MACHINE_ORIGINS) {
    expect(await machine(scene, `${origin}-1`)).toMatchObject({
      status: 'failed',
      error: { code: 'cancelled', hint: expect.stringMatching(hints[origin]) },
    });
  }
  const again = ['machine', 'enrol', 'enrolled-1=192.0.2.7', '--dry-run'];
  expect(await done(scene, again)).toMatch(/again/);
  await done(scene, ['machine', 'forget', 'enrolled-1', '--yes']);
});
