import type { Fault } from '../../emulator/src/faults.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './harness.ts';

const MACHINES = 100;
const STORM: readonly Fault[] = [
  { kind: 'rate-limit', probability: 0.05, seed: 11 },
  { kind: 'error-after-effect', probability: 0.05, seed: 12 },
  { kind: 'cut', probability: 0.02, seed: 13 },
  { kind: 'late-visible', probability: 0.05, seed: 14 },
];

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
  await scene.start();
});
afterAll(() => scene.close());

test('x', { timeout: 120_000 }, async () => {
  await scene.configure();
  if (!process.env.CALM) scene.emulator.admin.addFaults(STORM);
  const names = Array.from({ length: MACHINES }, (_, i) => `m-${i}`);
  const t = Date.now();
  const created = await scene.create(names);
  console.log('create', Date.now() - t, created.status, created.error);
  const log = scene.emulator.admin.requests();
  console.log('requests', log.length);
  const by = new Map<string, number>();
  for (const { method, path, status, faults } of log) {
    const key = `${method} ${path.replace(/\?.*/, '').replace(/\/zones\/[^/]+/, '').replaceAll(/[0-9a-f-]{36}/g, '*')} ${status} ${faults.join('+')}`;
    by.set(key, (by.get(key) ?? 0) + 1);
  }
  console.log([...by].sort((a, b) => b[1] - a[1]).map(([k, n]) => `${n} ${k}`).join('\n'));
  scene.emulator.admin.clearFaults();
  const d = scene.emulator.admin.dump(false);
  console.log(d.servers.length, d.volumes.length, d.ips.length, new Set(d.servers.map((s) => s.tags.join())).size);
  if (created.error) for (const c of created.children) if (c.error) { console.log(c.entityName, c.error.message); const o = await scene.client.request('GET', '/v1/operations/{operation}', { params: { operation: c.id } }); console.log(JSON.stringify(o.steps.map((s) => [s.name, s.status, s.attempts, s.startedAt - o.createdAt, (s.endedAt ?? 0) - o.createdAt, s.progress, s.error?.message])));
 const m = await scene.client.request('GET', '/v1/machines/{machine}', { params: { machine: c.entityName ?? '' } }); console.log(JSON.stringify(m)); console.log(scene.emulator.dump().servers.find((s) => s.name === c.entityName)); }
  const t2 = Date.now();
  const { operation } = await scene.client.request('POST', '/v1/machines/destroy', { body: { machines: names } });
  const gone = await scene.ended(operation.id);
  console.log('destroy', Date.now() - t2, gone.status, gone.error);
  const e = scene.emulator.admin.dump(false);
  console.log(e.servers.length, e.volumes.length, e.ips.length);
  console.log(await scene.log());
});
