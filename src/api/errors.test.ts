import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SalternError } from '../core/error.ts';
import { paris, startTestController, type TestController } from './testing/controller.ts';

let controller: TestController;
beforeAll(async () => {
  controller = await startTestController();
  await controller.client.request('POST', '/v1/config', { body: paris });
});
afterAll(() => controller.close());

/** Any bytes, as curl would send them. */
async function raw(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: unknown }>((resolve, reject) => {
    const ask = request({ socketPath: controller.socket, method, path, headers }, async (response) => {
      const answer = await text(response);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer && JSON.parse(answer) });
    });
    ask.on('error', reject).end(body);
  });
}
const json = { 'content-type': 'application/json' };

test('every answer tells version, installation and its request id', async () => {
  const { headers } = await raw('GET', '/v1/nothing');
  expect(headers).toMatchObject({
    'saltern-version': '1.2.3',
    'saltern-installation': controller.store.installation,
    'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
  });
});

test.each([
  ['broken JSON', 'POST', '/v1/config', '{"a', json, { code: 'invalid' }],
  ['a form', 'POST', '/v1/config', 'a=1', { 'content-type': 'text/plain' }, { code: 'invalid', hint: /content-type/ }],
  ['an empty body of JSON', 'POST', '/v1/config', '', json, { code: 'invalid' }],
  ['a missing body', 'POST', '/v1/machines', undefined, {}, { code: 'invalid', message: 'the body must be an object' }],
  [
    'a missing part',
    'POST',
    '/v1/machines',
    '{"names":["a"]}',
    json,
    { field: 'profile', message: 'profile: is missing' },
  ],
  [
    'a machine of a map',
    'POST',
    '/v1/maps/plan',
    JSON.stringify({
      map: {
        name: 'm',
        machines: [
          { name: 'a', profile: 'p' },
          { name: 'db.example.com', profil: 'p' },
        ],
      },
    }),
    json,
    { field: 'map.machines.db.example.com.profil', hint: /Did you mean "profile"/ },
  ],
  [
    'too much',
    'POST',
    '/v1/maps/plan',
    JSON.stringify({ map: { name: 'x'.repeat(65 * 1024 * 1024), machines: [] } }),
    json,
    { code: 'invalid', message: /larger than 64 MiB/, hint: /split the map/ },
  ],
  ['an unknown path', 'GET', '/v1/machine', undefined, {}, { code: 'not_found', hint: 'Did you mean /v1/machines?' }],
  ['a wrong method', 'PATCH', '/v1/machines', undefined, {}, { code: 'not_found', hint: /GET, POST/ }],
  ['an unknown query', 'GET', '/v1/machines?limt=3', undefined, {}, { field: 'limt', hint: /Did you mean "limit"\?/ }],
  [
    'a wrong status',
    'GET',
    '/v1/machines?status=redy',
    undefined,
    {},
    { field: 'status.0', hint: 'Did you mean "ready"?' },
  ],
  ['a wrong limit', 'GET', '/v1/machines?limit=0', undefined, {}, { code: 'invalid', field: 'limit' }],
  ['a wrong entity', 'GET', '/v1/events?entity=x', undefined, {}, { code: 'invalid', field: 'entity' }],
])('%s is answered in the one shape', async (_, method, path, body, headers, expected) => {
  const answer = await raw(method, path, body, headers as Record<string, string>);
  const wanted = Object.entries(expected).map(([key, value]) => [
    key,
    value instanceof RegExp ? expect.stringMatching(value) : value,
  ]);
  expect(answer.body).toMatchObject({ ...Object.fromEntries(wanted), requestId: expect.any(String) });
  expect(answer.status).toBe((answer.body as { code: string }).code === 'not_found' ? 404 : 400);
});

test('a wrong key in a bundle is told by the names in it, with the nearest key', async () => {
  const [provider] = paris.providers;
  const settings = { access_key: 'SCWXXXXXXXXXXXXXXXXX', tokn: 'CANARY-value' };
  const wrong = { providers: [{ ...provider, name: 'lyon', settings }] };
  const setting = await raw('POST', '/v1/config', JSON.stringify(wrong), json);
  expect(setting.body).toMatchObject({ code: 'invalid', field: 'providers.lyon.tokn', hint: /Did you mean "token"/ });
  expect(JSON.stringify(setting.body)).not.toContain('CANARY');

  const limits = { providers: [{ ...provider, limits: { burts: 1 } }] };
  const limit = await raw('POST', '/v1/config', JSON.stringify(limits), json);
  expect(limit.body).toMatchObject({ field: 'providers.paris.limits.burts', hint: /Did you mean "burst"/ });

  const deploy = { profiles: [{ ...paris.profiles[0], deploy: [{ kind: 'script', name: 'x', contents: 'y' }] }] };
  const step = await raw('POST', '/v1/config', JSON.stringify(deploy), json);
  expect(step.body).toMatchObject({ code: 'invalid', field: expect.stringMatching(/^profiles\.small\.deploy\.x\./) });
});

test("a backend's failure keeps its request id and tells when to come again", async () => {
  const { backend } = controller;
  backend.error = new SalternError('unavailable', 'away', { requestId: 'backend-1', retryAfterMs: 2500 });
  const answer = await raw('GET', '/v1/providers/paris/images');
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable', requestId: 'backend-1' } });
  expect(answer.headers['retry-after']).toBe('3');
});

test('a defect of ours is 500 and says to report it', async () => {
  const { events } = controller.store;
  const { lastId } = events;
  Object.assign(events, { lastId: () => Promise.reject(new TypeError('boom')) });
  const answer = await raw('GET', '/healthz');
  Object.assign(events, { lastId });
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal', hint: expect.stringContaining('report') } });
});
