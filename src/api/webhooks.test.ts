import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver } from '../../test/support/receiver.ts';
import { connect } from '../client/client.ts';
import { webhookSecret } from '../core/webhook.ts';
import { listenOnTcp, makeToken, startTestController, type TestController } from './testing/controller.ts';

let controller: TestController;
beforeAll(async () => {
  controller = await startTestController();
});
afterAll(() => controller.close());

const add = (body: object) => controller.client.request('POST', '/v1/webhooks', { body: body as never });
const url = 'https://hooks.example/T0/CANARY-in-the-address';

test('a webhook begins with the next event, keeps its secret to itself, and goes without a trace of it', async () => {
  await controller.store.events.append([
    { actor: { kind: 'socket', name: 'x' }, type: 'old', entity: null, operation: null, data: {} },
  ]);
  const made = await add({ name: 'reactor', url, types: ['salt/cloud/*'], secret: 'CANARY-secret' });
  const newest = (await controller.store.events.lastId()) - 1; // that it was added is an event, too
  expect(made).toMatchObject({ name: 'reactor', url, signed: true, failures: 0, lastEvent: newest });
  const { items } = await controller.client.request('GET', '/v1/webhooks');
  expect(items).toMatchObject([{ name: 'reactor', waiting: 1 }]);
  expect(JSON.stringify(items)).not.toContain('CANARY-secret');
  await expect(add({ name: 'reactor', url })).rejects.toMatchObject({ code: 'conflict', field: 'name' });
  await controller.client.request('DELETE', '/v1/webhooks/{webhook}', { params: { webhook: made.id } });
  expect(await controller.store.secrets.get(webhookSecret(made.id))).toBeNull();
  const { items: events } = await controller.client.request('GET', '/v1/events', { query: { type: 'webhook.*' } });
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['webhook.created', { name: 'reactor' }],
    ['webhook.deleted', { name: 'reactor' }],
  ]);
});

test.each([
  ['ftp://hooks.example/', 'url'],
  ['hooks.example/path', 'url'],
  ['https://ann:CANARY@hooks.example/', 'url'],
  ['file:///etc/passwd', 'url'],
])('%s is refused and not repeated', async (wrong, field) => {
  const refused = await add({ name: 'x', url: wrong }).catch((error) => error);
  expect(refused).toMatchObject({ code: 'invalid', field });
  expect(refused.message).not.toContain('CANARY');
});

test('it can begin in the past, and not after the newest event', async () => {
  expect(await add({ name: 'whole', url, after: 0 })).toMatchObject({ lastEvent: 0, signed: false });
  const newest = await controller.store.events.lastId();
  expect(await add({ name: 'future', url, after: newest + 100 })).toMatchObject({ lastEvent: newest });
});

test('a made-up event is sent on request, and what came of it is told', async () => {
  await using receiver = await startReceiver();
  await add({ name: 'tried', url: receiver.url });
  const params = { webhook: 'tried' };
  const sent = await controller.client.request('POST', '/v1/webhooks/{webhook}/test', { params });
  expect(sent).toMatchObject({ delivered: true, reason: null });
  expect(receiver.taken.map(({ event }) => event)).toMatchObject([{ id: 0, type: 'webhook.test' }]);
  await receiver.down();
  const failed = await controller.client.request('POST', '/v1/webhooks/{webhook}/test', { params });
  expect(failed).toMatchObject({ delivered: false, reason: 'no connection (ECONNREFUSED)' });
  const unknown = controller.client.request('POST', '/v1/webhooks/{webhook}/test', { params: { webhook: 'tied' } });
  await expect(unknown).rejects.toMatchObject({ code: 'not_found', hint: 'Did you mean "tried"?' });
});

test('only administrators see or change them', async () => {
  const tcp = await listenOnTcp(controller);
  const { token } = await makeToken(controller.client, 'operate');
  const operator = connect({ url: tcp.url, token });
  await expect(operator.request('GET', '/v1/webhooks')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(operator.request('POST', '/v1/webhooks', { body: { name: 'x', url } })).rejects.toMatchObject({
    code: 'forbidden',
  });
  operator.close();
  await tcp.api.close();
});
