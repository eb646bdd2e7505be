import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './harness.ts';

/** Drawn anew for each request, so that a machine can meet several. */
const STORM = [
  { kind: 'rate-limit', probability: 0.05, seed: 11 },
  { kind: 'error-after-effect', probability: 0.05, seed: 12 },
  { kind: 'cut', probability: 0.02, seed: 13 },
  { kind: 'late-visible', probability: 0.05, seed: 14 },
] as const;

/**
 * Four requests make a machine: POST server, PATCH user data, POST poweron, DELETE user data. All of them share ten: key and
 * project (2), the fleet's list, two pages of sizes and of stock, images (2), and one list that shows that all run.
 */
const MINIMUM = 100 * 4 + 10;

let scene: Scene;

beforeAll(async () => {
  // Slow enough for its many retries, which have a limit in time, on a computer that is busy.
  scene = await openScene({ clockSpeed: 20 });
  await scene.start();
  await scene.configure();
});
afterAll(() => scene.close());

test('100 machines come through a storm: none double, none lost, few requests more', { timeout: 90_000 }, async () => {
  scene.emulator.admin.addFaults(STORM);
  const storm = await createAndDestroy(names('storm', 100));
  scene.emulator.admin.clearFaults();
  const ratio = storm.requests / MINIMUM;
  tell(`100 machines in a storm: ${storm.requests} requests, ${storm.hit} of them hit, ${storm.seconds} s`);
  tell(`the minimum without faults is ${MINIMUM}: ${ratio.toFixed(2)} times`);
  expect(storm.hit).toBeGreaterThan(storm.requests / 10);
  expect(ratio).toBeLessThanOrEqual(1.5);
});

test('addresses reserved in a storm are each used or given back', { timeout: 60_000 }, async () => {
  await scene.configure({ options: { public_ip: 'flexible' } });
  scene.emulator.admin.addFaults(STORM);
  const { hit } = await createAndDestroy(names('flexible', 20));
  scene.emulator.admin.clearFaults();
  expect(hit).toBeGreaterThan(0);
});

/** All ready, exactly what was asked for there; then all destroyed, nothing left. Counts the requests of the first part. */
async function createAndDestroy(wanted: readonly string[]) {
  const { admin } = scene.emulator;
  admin.clearRequests();
  const began = Date.now();
  const created = await scene.create(wanted);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const log = admin.requests();
  const counts = { requests: log.length, hit: log.filter(({ faults }) => faults.length > 0).length, seconds };
  expect(created.error).toBeNull();

  const { items } = await scene.client.request('GET', '/v1/machines', { query: { limit: 500 } });
  expect(items.filter(({ status }) => status === 'ready').map(({ name }) => name)).toEqual(wanted);
  const world = admin.dump(false);
  const tags = new Set(world.servers.flatMap((server) => server.tags.filter((tag) => tag.includes('resource='))));
  expect([world.servers.length, tags.size]).toEqual([wanted.length, wanted.length]);
  expect(world.servers.map(({ id }) => id).sort()).toEqual(items.map(({ nativeId }) => nativeId).sort());
  for (const thing of [...world.volumes, ...world.ips]) expect(thing.server).not.toBeNull();
  expect([world.volumes.length, world.ips.length]).toEqual([wanted.length, wanted.length]);

  const { operation } = await scene.client.request('POST', '/v1/machines/destroy', { body: { machines: [...wanted] } });
  expect((await scene.ended(operation.id)).error).toBeNull();
  expect(admin.dump(false)).toMatchObject({ servers: [], volumes: [], ips: [] });
  return counts;
}

/** In the order in which a list shows them. */
function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`);
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
