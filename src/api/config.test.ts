import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import { insertMachines, paris, startTestController, type TestController } from './testing/controller.ts';

let controller: TestController;
let client: Client;
beforeAll(async () => {
  controller = await startTestController();
  client = controller.client;
});
afterAll(() => controller.close());

test('a bundle is saved whole and tells what changed', async () => {
  const save = () => client.request('POST', '/v1/config', { body: paris });
  const changes = async () => (await save()).saved.map(({ name, change }) => [name, change]);
  expect(await changes()).toEqual([
    ['paris', 'created'],
    ['small', 'created'],
  ]);
  expect(await changes()).toEqual([
    ['paris', 'unchanged'],
    ['small', 'unchanged'],
  ]);
});

test('a bundle with one mistake changes nothing', async () => {
  const [profile] = paris.profiles;
  const body = {
    profiles: [
      { ...profile, name: 'fine' },
      { ...profile, name: 'bad', provider: 'pariss' },
    ],
  };
  const saving = client.request('POST', '/v1/config', { body });
  await expect(saving).rejects.toMatchObject({ code: 'invalid', field: 'profiles.bad.provider', hint: /paris/ });
  const finding = client.request('GET', '/v1/profiles/{profile}', { params: { profile: 'fine' } });
  await expect(finding).rejects.toMatchObject({ code: 'not_found' });
});

test('of a bundle with several mistakes all are told, each with its field, and none that follows from another', async () => {
  const [profile] = paris.profiles;
  const body = {
    providers: [{ name: 'lyon', driver: 'scaleway', settings: { zone: 'CANARY', tokn: 'CANARY' } }],
    profiles: [
      { ...profile, name: 'of-lyon', provider: 'lyon' },
      { ...profile, name: 'bad', options: { public_ip: 'CANARY', volumes: 1 } },
      { ...profile, name: 'worse', provider: 'pariss' },
    ],
  };
  const refused = await client.request('POST', '/v1/config', { body }).catch((error) => error);
  expect(refused).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/^\d mistakes; nothing was saved$/),
  });
  expect(refused.faults.map(({ field }: { field: string }) => field).sort()).toEqual([
    'profiles.bad.options.public_ip',
    'profiles.bad.options.volumes',
    'profiles.worse.provider',
    'providers.lyon.access_key',
    'providers.lyon.tokn',
    'providers.lyon.zone',
  ]);
  expect(JSON.stringify([refused.message, refused.hint, refused.faults])).not.toContain('CANARY');
});

test('no secret comes back: not of a provider, a profile, an event or a figure', async () => {
  const provider = await client.request('GET', '/v1/providers/{provider}', { params: { provider: 'paris' } });
  expect(provider.secretKeys).toContain('token');
  const profile = await client.request('GET', '/v1/profiles/{profile}', { params: { profile: 'small' } });
  expect(profile.deploy).toEqual([{ kind: 'script', name: 'hello.sh' }]);
  const answers = [
    provider,
    profile,
    await client.request('GET', '/v1/providers'),
    await client.request('GET', '/v1/profiles'),
    await client.request('GET', '/v1/events'),
    await client.request('GET', '/metrics'),
  ];
  expect(JSON.stringify(answers)).not.toContain('CANARY');
});

test('one of them is saved by PUT and removed by DELETE', async () => {
  const params = { profile: 'large' };
  const body = { provider: 'paris', image: 'debian_bookworm', size: 'GP1-L', ssh: { users: ['admin'] } };
  const put = await client.request('PUT', '/v1/profiles/{profile}', { params, body });
  expect(put).toMatchObject({ name: 'large', provider: { name: 'paris' }, size: 'GP1-L', origin: 'api' });
  expect(put.ssh).toMatchObject({ users: ['admin'], port: 22 });
  const again = await client.request('PUT', '/v1/profiles/{profile}', {
    params: { profile: put.id },
    body: { ...body, size: 'GP1-M' },
  });
  expect(again).toMatchObject({ id: put.id, name: 'large', size: 'GP1-M' });
  expect(await client.request('DELETE', '/v1/profiles/{profile}', { params: { profile: put.id } })).toBeNull();
  await expect(client.request('DELETE', '/v1/profiles/{profile}', { params })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a provider with machines is not removed', async () => {
  await insertMachines(controller, {});
  const removing = client.request('DELETE', '/v1/providers/{provider}', { params: { provider: 'paris' } });
  await expect(removing).rejects.toMatchObject({ code: 'conflict' });
});

test('what goes without a body goes without one', async () => {
  const params = { provider: 'paris' };
  const bare = await client.request('POST', '/v1/providers/{provider}/reconcile', { params });
  expect(bare).toMatchObject({ name: 'reconcile', entityName: 'paris' });
  await controller.engine.wait(bare.id);
  const checking = await client.request('POST', '/v1/providers/{provider}/check', { params });
  expect(checking.name).toBe('check-provider');
  await controller.engine.wait(checking.id);
});

test('the controller tells of itself; a backup is a new file, once', async () => {
  const shown = await client.request('GET', '/v1/controller');
  expect(shown).toMatchObject({ version: '1.2.3', pid: process.pid, dataDir: controller.dir });
  expect(shown.drivers.map((driver) => driver.name)).toContain('scaleway');
  expect(client.controller()).toEqual({ version: '1.2.3', installation: shown.installation });

  const body = { path: join(controller.dir, 'copy') };
  await client.request('POST', '/v1/controller/backup', { body });
  expect((await readFile(body.path)).subarray(0, 15).toString()).toBe('SQLite format 3');
  await expect(client.request('POST', '/v1/controller/backup', { body })).rejects.toBeInstanceOf(Error);
  const relative = client.request('POST', '/v1/controller/backup', { body: { path: 'copy' } });
  await expect(relative).rejects.toMatchObject({ code: 'invalid', field: 'path' });
});

test('the figures count machines, requests and steps; ids make no figures of their own', async () => {
  const operation = await controller.holdOn('thing/1');
  const step = { seq: 1, kind: 'run', status: 'done', attempts: 1, output: null, evidence: null, error: null } as const;
  const times = { operation: operation.id, progress: null, startedAt: 1000, endedAt: 3000 };
  for (const name of ['look for 01J7', 'look for 01J8']) {
    controller.context.metrics.step(operation, { ...step, ...times, name });
  }
  await controller.engine.cancel(operation.id, 'keep');
  const figures = await client.request('GET', '/metrics');
  expect(figures).toContain('saltern_step_seconds_sum{operation="hold",step="look for",status="done"} 4');
  expect(figures).toContain('saltern_machines{status="ready"} 1');
  expect(figures).toMatch(
    /saltern_http_request_seconds_count\{method="GET",route="\/v1\/controller",status="200"\} \d/,
  );
});
