import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from './index.ts';
import { imageOf, newServer, type Send, testEmulator, ZONE } from './test-client.ts';

describe('faults', () => {
  let emulator: Emulator;
  let send: Send;
  let body: object;

  beforeEach(async () => {
    ({ emulator, send } = await testEmulator());
    body = { name: 'web', commercial_type: 'DEV1-S', image: await imageOf(send), tags: ['mine'] };
  });
  afterEach(() => emulator.close());

  const create = () => send('POST', `${ZONE}/servers`, body);
  const fault = (kind: string, more: object = {}) => send('POST', '/_emulator/faults', { kind, count: 1, ...more });
  const made = () => emulator.dump().servers.length;

  test.each([
    ['rate-limit', 429],
    ['forbidden', 403],
    ['unauthenticated', 401],
    ['transient', 409],
    ['quota', 403],
    ['out-of-stock', 503],
    ['error-before', 500],
  ])('%s answers %i, has no effect and passes', async (kind, status) => {
    await fault(kind, { match: { method: 'POST', path: '/servers$' } });
    expect((await create()).status).toBe(status);
    expect(made()).toBe(0);
    expect((await create()).status).toBe(201);
  });

  test('rate-limit is the empty answer of the gateway', async () => {
    await fault('rate-limit');
    const { text, headers } = await send('GET', `${ZONE}/servers`);
    expect([text, headers.get('content-type'), headers.get('x-envoy-ratelimited')]).toEqual(['', null, 'true']);
  });

  test('error-after-effect and cut have taken effect, cut-before has not', async () => {
    await fault('error-after-effect');
    expect((await create()).status).toBe(500);
    expect(made()).toBe(1);
    await fault('cut');
    await expect(create()).rejects.toThrow();
    expect(made()).toBe(2);
    await fault('cut-before');
    await expect(create()).rejects.toThrow();
    expect(made()).toBe(2);
  });

  test('hang gives no answer and does not keep the emulator from closing', async () => {
    await fault('hang');
    const hanging = fetch(`${emulator.url}${ZONE}/servers`, { signal: AbortSignal.timeout(50) });
    await expect(hanging).rejects.toThrow('timeout');
  });

  test('a late effect is there for the dump, and for the API only after its time', async () => {
    await fault('late-visible', { ms: 20_000, match: { method: 'POST' } });
    const id = (await create()).json.server.id;
    const seen = async () => [
      (await send('GET', `${ZONE}/servers/${id}`)).status,
      (await send('GET', `${ZONE}/servers?tags=mine`)).json.servers.length,
    ];
    expect(made()).toBe(1);
    expect(await seen()).toEqual([404, 0]);
    emulator.admin.advance(19_000);
    expect(await seen()).toEqual([404, 0]);
    emulator.admin.advance(1_000);
    expect(await seen()).toEqual([200, 1]);
  });

  test('an empty list and another project leave the world as it is', async () => {
    const id = await newServer(send);
    await fault('empty-list');
    const { status, json } = await send('GET', `${ZONE}/servers`);
    expect([status, json.servers]).toEqual([200, []]);
    await fault('other-project', { count: 3 });
    const key = await send('GET', `/iam/v1alpha1/api-keys/${emulator.env()['SCW_ACCESS_KEY']}`);
    expect(key.json.default_project_id).not.toBe(emulator.env()['SCW_DEFAULT_PROJECT_ID']);
    expect((await send('GET', `${ZONE}/servers`)).json.servers).toEqual([]);
    expect((await send('GET', `${ZONE}/servers/${id}`)).status).toBe(403);
    expect((await send('GET', `${ZONE}/servers`)).json.servers).toHaveLength(1);
  });

  test('the same seed gives the same faults', async () => {
    const statuses = async () => {
      await fault('rate-limit', { probability: 0.5, seed: 7, count: 100 });
      const answers: number[] = [];
      for (let index = 0; index < 20; index++) answers.push((await send('GET', `${ZONE}/servers`)).status);
      await send('DELETE', '/_emulator/faults');
      return answers;
    };
    const first = await statuses();
    expect(new Set(first)).toEqual(new Set([200, 429]));
    expect(await statuses()).toEqual(first);
  });

  test('a fault that nobody knows is refused', async () => {
    const { status, json } = await fault('gremlin');
    expect([status, json.details[0].help_message]).toEqual([400, 'unknown kind of fault "gremlin"']);
  });
});

describe('the admin API', () => {
  test('log, clock, latency, stock, quotas, dump and reset work over HTTP', async () => {
    const { emulator, send } = await testEmulator();
    try {
      const id = await newServer(send);
      await send('PATCH', `${ZONE}/servers/${id}/user_data/cloud-init`, 'canary');
      const log = (await send('GET', '/_emulator/requests')).json;
      expect(log.map((entry: { method: string; status: number }) => `${entry.method} ${entry.status}`)).toEqual([
        'GET 200',
        'POST 201',
        'PATCH 204',
      ]);
      expect(JSON.stringify(log)).not.toContain('canary');
      const before = (await send('PUT', '/_emulator/clock', { speed: 0 })).json.now;
      const after = (await send('PUT', '/_emulator/clock', { advance: 60_000 })).json.now;
      expect(Date.parse(after) - Date.parse(before)).toBe(60_000);
      await send('PUT', '/_emulator/latency', { ms: 60 });
      const started = performance.now();
      await send('GET', `${ZONE}/servers`);
      expect(performance.now() - started).toBeGreaterThan(50);
      const stock = { zone: 'fr-par-1', type: 'DEV1-S', availability: 'scarce' };
      expect((await send('PUT', '/_emulator/stock', stock)).status).toBe(204);
      expect((await send('PUT', '/_emulator/stock', { zone: 'fr-par-1' })).status).toBe(400);
      expect((await send('PUT', '/_emulator/quotas', { cp_servers: 3 })).status).toBe(204);
      expect((await send('GET', '/_emulator/dump')).json.servers[0].userData).toEqual({ 'cloud-init': 'canary' });
      expect((await send('POST', '/_emulator/reset')).status).toBe(204);
      expect((await send('GET', '/_emulator/dump')).json.servers).toEqual([]);
    } finally {
      await emulator.close();
    }
  });
});
