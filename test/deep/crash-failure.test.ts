import { afterAll, describe, expect, test } from 'vitest';
import { type RecordedStep, recordedSteps } from '../e2e/crash-points.ts';
import { crashEnv, undergo, unlessKilled } from '../e2e/crash-process.ts';
import { CRASH_PROFILE } from '../e2e/crash-profile.ts';
import { openScene } from '../e2e/harness.ts';

/** A profile whose machines cannot become ready, with the number of machines that are made before it is given up. */
const PROFILES = {
  destroy: { makes: 1, crashes: /./ },
  // The first and second try are told apart by every step; the third is the second again.
  retry: { makes: 3, crashes: /(after try 1: |begin again|try 2: )/ },
} as const;

let tried = 0;

for (const onFailure of ['destroy', 'retry'] as const) {
  const { crashes } = PROFILES[onFailure];
  const steps = (await fail(onFailure, null)).filter(({ name }) => crashes.test(name));
  describe.concurrent(`on_failure: ${onFailure}, killed while it gives back`, () => {
    for (const { name, failed } of steps) {
      // A step that fails has no effect to be killed after.
      const at = `${name}:${failed ? 'before' : 'effect'}`;
      test(at, async () => {
        await fail(onFailure, at);
        tried += 1;
      });
    }
  });
}

afterAll(() => console.log(`crash points tried in operations that fail: ${tried}`));

/** Creates a machine that fails, and expects that nothing of it stays. Returns the steps that were recorded. */
async function fail(onFailure: 'destroy' | 'retry', at: string | null): Promise<RecordedStep[]> {
  const scene = await openScene({ clockSpeed: 40 });
  const { client, emulator } = scene;
  try {
    await scene.start(crashEnv(at === null ? null : { at }));
    const script = { kind: 'script', name: 'fails.sh', content: '#!/bin/sh\nexit 3\n' };
    await scene.configure({ ...CRASH_PROFILE, deploy: [script], onFailure });
    const body = { names: ['web-1'], profile: 'web' };
    const asked = await unlessKilled(scene, client.request('POST', '/v1/machines', { body }));
    if (at !== null) {
      await undergo(scene, { at }, asked?.operation.id ?? null);
      await scene.start();
    }
    const { items } = await client.request('GET', '/v1/operations');
    const { id, error } = await scene.ended(items[0]?.id ?? '');
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining('exit code 3') });
    expect(emulator.dump()).toMatchObject({ servers: [], volumes: [], ips: [] });
    const ledger = await client.request('GET', '/v1/providers/{provider}/resources', { params: { provider: 'paris' } });
    expect(ledger.items.filter(({ status }) => status !== 'gone')).toEqual([]);
    const machines = await client.request('GET', '/v1/machines', { query: { destroyed: 'true' } });
    expect(machines.items.map(({ status }) => status)).toEqual(['destroyed']);
    const made = emulator.admin.requests().filter(({ method, path }) => method === 'POST' && path.endsWith('/servers'));
    expect(made, 'instances made').toHaveLength(PROFILES[onFailure].makes);
    return await recordedSteps(scene, id);
  } finally {
    await scene.close();
  }
}
