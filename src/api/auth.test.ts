import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, connect } from '../client/client.ts';
import type { Role } from '../core/token.ts';
import type { Api } from './route.ts';
import {
  insertMachines,
  listenOnTcp,
  makeToken,
  paris,
  startTestController,
  type TestController,
} from './testing/controller.ts';

let controller: TestController;
let tcp: { api: Api; url: string };
const clients: Client[] = [];

beforeAll(async () => {
  controller = await startTestController();
  await controller.client.request('POST', '/v1/config', { body: paris });
  await insertMachines(controller, {});
  tcp = await listenOnTcp(controller);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await tcp.api.close();
  await controller.close();
});

function remote(token?: string): Client {
  const client = connect({ url: tcp.url, token });
  clients.push(client);
  return client;
}

const asks = {
  read: (client) => client.request('GET', '/v1/machines'),
  metrics: (client) => client.request('GET', '/metrics'),
  operate: (client) => client.request('POST', '/v1/machines/stop', { body: { machines: ['web-1'] } }),
  profile: (client) => client.request('POST', '/v1/config', { body: { profiles: paris.profiles } }),
  provider: (client) => client.request('POST', '/v1/config', { body: paris }),
  tokens: (client) => client.request('GET', '/v1/tokens'),
  stop: (client) => client.request('POST', '/v1/controller/stop'),
} as const satisfies Record<string, (client: Client) => Promise<unknown>>;

const ALLOWED = {
  read: ['read', 'metrics'],
  operate: ['read', 'metrics', 'operate', 'profile'],
  admin: ['read', 'metrics', 'operate', 'profile', 'provider', 'tokens', 'stop'],
} as const satisfies Record<Role, readonly (keyof typeof asks)[]>;

test.each(Object.keys(ALLOWED) as Role[])(
  'a token with the role %s may do what its role says, no more',
  async (role) => {
    const client = remote((await makeToken(controller.client, role)).token);
    const allowed: string[] = [];
    for (const [name, ask] of Object.entries(asks)) {
      const code = await ask(client).then(
        () => null,
        (error) => error.code,
      );
      if (code === 'forbidden') continue;
      expect([name, code]).toEqual([name, null]);
      allowed.push(name);
    }
    expect(allowed).toEqual(ALLOWED[role]);
  },
);

test('without a good token nothing is told on TCP but that the controller lives', async () => {
  const { token, id } = await makeToken(controller.client, 'admin');
  const old = await makeToken(controller.client, 'admin');
  await controller.store.tokens.update(old.id, { expiresAt: Date.now() - 1 });
  await expect(remote(token).request('GET', '/v1/machines')).resolves.toBeDefined();
  await controller.client.request('DELETE', '/v1/tokens/{token}', { params: { token: id } });
  for (const wrong of [undefined, 'guess', token, old.token]) {
    const ask = remote(wrong).request('GET', '/v1/machines');
    await expect(ask).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
  }
  await expect(remote().request('GET', '/healthz')).resolves.toEqual({ ok: true });
});

test('the controller’s SSH key is not handed to a token that only reads', async () => {
  const params = { machine: 'web-1' };
  const reader = remote((await makeToken(controller.client, 'read')).token);
  expect((await reader.request('GET', '/v1/machines/{machine}/ssh', { params })).privateKey).toBeNull();
  const admin = remote((await makeToken(controller.client, 'admin')).token);
  expect((await admin.request('GET', '/v1/machines/{machine}/ssh', { params })).privateKey).toBe('PRIVATE');
});

test('a token is shown once and kept only as its hash; who made it is in the history', async () => {
  const { token, ...shown } = await makeToken(controller.client, 'read');
  const { items } = await controller.client.request('GET', '/v1/tokens');
  expect(items).toContainEqual(shown);
  expect(JSON.stringify([items, await controller.store.tokens.list()])).not.toContain(token);
  const events = await controller.store.events.after(0, { type: 'token.created', entity: `token/${shown.id}` });
  expect(events).toMatchObject([{ actor: { kind: 'socket' }, data: { role: 'read' } }]);
});

test('stopping answers first, then ends the controller', async () => {
  const before = controller.stops();
  const answer = await controller.client.request('POST', '/v1/controller/stop');
  expect(answer.stopping).toBe(true);
  await expect.poll(() => controller.stops()).toBe(before + 1);
});
