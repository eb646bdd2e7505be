import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import { insertMachines, paris, startTestController, type TestController } from './testing/controller.ts';

const KEEP = { made: 'keep' } as const;

let controller: TestController;
let client: Client;
beforeAll(async () => {
  controller = await startTestController();
  client = controller.client;
  await client.request('POST', '/v1/config', { body: paris });
});
afterAll(() => controller.close());

test('an operation is shown at work with its step, cancelled, and tried again', async () => {
  const [machine] = await insertMachines(controller, {});
  const { id } = await controller.holdOn(`machine/${machine?.id}`);
  const params = { operation: id };
  const show = () => client.request('GET', '/v1/operations/{operation}', { params });
  await expect.poll(async () => (await show()).steps).toMatchObject([{ name: 'wait for the end', status: 'running' }]);
  expect(await show()).toMatchObject({ entityName: 'web-1', can: { cancel: true, retry: false } });

  const cancelled = await client.request('POST', '/v1/operations/{operation}/cancel', {
    params,
    body: KEEP,
  });
  expect(cancelled).toMatchObject({ status: 'cancelling', cancel: 'keep' });
  await expect.poll(async () => (await show()).status).toBe('cancelled');
  expect((await show()).can).toEqual({ cancel: false, retry: true });

  const again = await client.request('POST', '/v1/operations/{operation}/retry', { params });
  expect(['queued', 'running']).toContain(again.status);
  await controller.engine.cancel(id, 'keep');

  const told = await client.request('GET', '/v1/events', { query: { operation: id } });
  expect(told.items.map((event) => event.type)).toEqual(['operation.cancel', 'operation.retry']);
  expect(told.items.every((event) => event.actor.kind === 'socket')).toBe(true);
});

test('the list is newest first, shows children only when asked, and pages', async () => {
  const made: string[] = [];
  for (const n of [1, 2, 3]) made.push((await controller.holdOn(`thing/${n}`)).id);
  const parent = made[0] ?? '';
  const record = await controller.store.operations.get(parent);
  if (!record) throw new Error('no record');
  const child = { ...record, id: '01J00000000000000000000001', parent, entity: 'thing/child' };
  await controller.store.operations.create(child);

  const first = await client.request('GET', '/v1/operations', { query: { limit: 2, status: 'running' } });
  expect(first.items.map((each) => each.id)).toEqual([made[2], made[1]]);
  const second = await client.request('GET', '/v1/operations', {
    query: { limit: 2, status: 'running', after: first.next },
  });
  expect(second.items.map((each) => each.id)).toEqual([made[0]]);
  expect(second.next).toBeUndefined();

  const children = await client.request('GET', '/v1/operations', { query: { parent } });
  expect(children.items.map((each) => each.id)).toEqual([child.id]);
  const all = await client.request('GET', '/v1/operations', { query: { children: 'true', status: 'running' } });
  expect(all.items.map((each) => each.id)).toContain(child.id);
  const detail = await client.request('GET', '/v1/operations/{operation}', { params: { operation: parent } });
  expect(detail.children.map((each) => each.id)).toEqual([child.id]);
  for (const id of made) await controller.engine.cancel(id, 'keep');
});

test('the log is read on from where it was left', async () => {
  const { id } = await controller.holdOn('thing/log');
  const line = { operation: id, step: 'run', at: 1, stream: 'stdout' } as const;
  await controller.store.operations.appendLog(['a', 'b', 'c'].map((text) => ({ ...line, text })));
  const params = { operation: id };
  const first = await client.request('GET', '/v1/operations/{operation}/log', { params, query: { limit: 2 } });
  expect(first.items.map((each) => each.text)).toEqual(['a', 'b']);
  const rest = await client.request('GET', '/v1/operations/{operation}/log', { params, query: { after: first.next } });
  expect(rest).toMatchObject({ items: [{ text: 'c' }] });
  await controller.engine.cancel(id, 'keep');
});

test('an operation that is not there is not found, whatever is asked of it', async () => {
  const params = { operation: '01J00000000000000000000009' };
  for (const ask of [
    client.request('GET', '/v1/operations/{operation}', { params }),
    client.request('GET', '/v1/operations/{operation}/log', { params }),
    client.request('POST', '/v1/operations/{operation}/cancel', { params, body: KEEP }),
    client.request('POST', '/v1/operations/{operation}/retry', { params }),
    client.request('GET', '/v1/events', { query: params }),
  ]) {
    await expect(ask).rejects.toMatchObject({ code: 'not_found' });
  }
});
