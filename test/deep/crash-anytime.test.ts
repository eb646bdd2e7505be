import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { type Chapter, type LifeVerb, live } from '../e2e/crash-life.ts';
import { type Crash, kill, titleOf } from '../e2e/crash-process.ts';
import { CRASH_PROFILE } from '../e2e/crash-profile.ts';
import { openScene } from '../e2e/harness.ts';

/** Real ms after the request; each verb is done within about two seconds. */
const INSTANTS = Array.from({ length: 30 }, (_, i) => 15 + i * 65);
const VERBS: readonly LifeVerb[] = ['create', 'deploy', 'reboot', 'destroy'];
let kills = 0;

describe.concurrent('a controller killed at any instant', () => {
  for (const ms of INSTANTS) {
    const title = `${ms} ms after each request`;
    test(title, async () => {
      await live(chapters({ title, moment: () => sleep(ms) }));
      kills += VERBS.length;
    });
  }
});

describe.concurrent('a create that is cancelled with its machine destroyed, killed at any instant', () => {
  for (const ms of INSTANTS) {
    test(`${ms} ms in all`, async () => {
      await cancelled(ms);
      kills += 1;
    });
  }
});

describe.concurrent('a laptop that sleeps', () => {
  // At twenty times the speed, five seconds are 100 of the emulated world's.
  for (const freezeAfterMs of [50, 300, 600, 900, 1200, 1600]) {
    const crash = { freezeAfterMs, forMs: 5000 };
    test(titleOf(crash), () => live(chapters(crash), { clockSpeed: 20 }));
  }
});

afterAll(() => console.log(`kills at any instant: ${kills}`));

function chapters(crash: Crash): Chapter[] {
  return VERBS.map((verb) => ({ verb, crash }));
}

async function cancelled(ms: number): Promise<void> {
  const scene = await openScene({ clockSpeed: 40 });
  const { client, emulator } = scene;
  try {
    await scene.start();
    await scene.configure(CRASH_PROFILE);
    // So that the create is still at work when it is cancelled, however fast this computer is.
    emulator.admin.setLatency(50);
    const { operation } = await client.request('POST', '/v1/machines', { body: { names: ['web-1'], profile: 'web' } });
    await sleep(ms / 2);
    const params = { operation: operation.id };
    await client.request('POST', '/v1/operations/{operation}/cancel', { params, body: { made: 'destroy' } });
    await sleep(ms / 2);
    await kill(scene);
    await scene.start();
    expect(await scene.ended(operation.id)).toMatchObject({ status: 'cancelled' });
    expect(emulator.dump()).toMatchObject({ servers: [], volumes: [], ips: [] });
    const ledger = await client.request('GET', '/v1/providers/{provider}/resources', { params: { provider: 'paris' } });
    expect(ledger.items.filter(({ status }) => status !== 'gone')).toEqual([]);
    const machines = await client.request('GET', '/v1/machines', { query: { destroyed: 'true' } });
    expect(machines.items.map(({ status }) => status)).toEqual(['destroyed']);
  } finally {
    await scene.close();
  }
}
