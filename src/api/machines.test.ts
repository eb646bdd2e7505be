import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import type { Machine } from '../core/machine.ts';
import { insertMachines, paris, startTestController, type TestController } from './testing/controller.ts';

let controller: TestController;
let client: Client;
let machines: Machine[];

beforeAll(async () => {
  controller = await startTestController();
  client = controller.client;
  await client.request('POST', '/v1/config', { body: paris });
  machines = await insertMachines(
    controller,
    {},
    {},
    { status: 'failed', readyAt: null, error: { code: 'quota', message: 'no more' } },
    { name: 'db-1', origin: 'imported' },
    { name: 'old', status: 'destroyed', addresses: [] },
  );
});
afterAll(() => controller.close());

test('a machine is found by name and by id, with names for what it belongs to', async () => {
  const byName = await client.request('GET', '/v1/machines/{machine}', { params: { machine: 'web-1' } });
  const byId = await client.request('GET', '/v1/machines/{machine}', { params: { machine: byName.id } });
  expect(byId).toEqual(byName);
  expect(byName).toMatchObject({ provider: { name: 'paris' }, profile: { name: 'small' }, elapsedMs: 30_000 });
  expect(byName.address).toBe('192.0.2.1');
  expect(byName.can).toMatchObject({ start: true, stop: true, retry: false, destroy: true });
});

test('pages hold every machine once, in order, and end without a cursor', async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await client.request('GET', '/v1/machines', { query: { limit: 2, after, destroyed: 'true' } });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map((machine) => machine.id));
    after = page.next;
  } while (after);
  expect(seen).toEqual(machines.map((machine) => machine.id));
  const whole = await client.request('GET', '/v1/machines', { query: { limit: machines.length, destroyed: 'true' } });
  expect(whole.next).toBeUndefined();
});

test.each([
  [{ name: 'web-*' }, ['web-1', 'web-2', 'web-3']],
  [{ status: 'failed' }, ['web-3']],
  [{ status: ['failed', 'destroyed'] }, ['web-3', 'old']],
  [{ status: 'failed,destroyed' }, ['web-3', 'old']],
  [{ provider: 'paris', profile: 'small', name: 'db*' }, ['db-1']],
  [{}, ['web-1', 'web-2', 'web-3', 'db-1']],
])('the filter %j shows %j', async (query, names) => {
  const { items } = await client.request('GET', '/v1/machines', { query });
  expect(items.map((machine) => machine.name)).toEqual(names);
});

test('a change begins an operation and answers at once; names and ids are both taken', async () => {
  const [first, second] = machines;
  const names = [first?.name ?? '', second?.id ?? ''];
  const started = await client.request('POST', '/v1/machines/reboot', { body: { machines: names } });
  expect(started.machines.map((machine) => machine.name)).toEqual(['web-1', 'web-2']);
  expect(started.operation).toMatchObject({ name: 'reboot-machines', actor: { kind: 'socket' }, parent: null });
  const params = { operation: started.operation.id };
  await controller.engine.wait(started.operation.id);
  const ended = await client.request('GET', '/v1/operations/{operation}', { params });
  // No backend can be reached here: the operation fails, and says so with the backend's own code.
  expect(ended).toMatchObject({ status: 'failed', can: { retry: true, cancel: false } });
  expect(ended.steps.length).toBeGreaterThan(0);
});

describe('what is refused', () => {
  const refused = (ask: Promise<unknown>) => expect(ask).rejects;

  test('a machine that is not there, with the nearest name', async () => {
    const ask = client.request('GET', '/v1/machines/{machine}', { params: { machine: 'wbe-1' } });
    await refused(ask).toMatchObject({ code: 'not_found', status: 404, hint: 'Did you mean web-1?' });
  });

  test('what its status does not allow', async () => {
    const ask = client.request('POST', '/v1/machines/destroy', { body: { machines: ['db-1'] } });
    await refused(ask).toMatchObject({ code: 'conflict', status: 409, message: expect.stringContaining('imported') });
  });

  test('a name that cannot be a host name, by its place in the request', async () => {
    const ask = client.request('POST', '/v1/machines', { body: { names: ['fine', 'not fine'], profile: 'small' } });
    await refused(ask).toMatchObject({ code: 'invalid', field: 'names.1' });
  });

  test('an SSH address of a machine that has none', async () => {
    const old = machines.find((machine) => machine.name === 'old')?.id ?? '';
    const ask = client.request('GET', '/v1/machines/{machine}/ssh', { params: { machine: old } });
    await refused(ask).toMatchObject({ code: 'conflict' });
  });
});

test('how to reach a machine comes with the key on the socket, and leaves a trace', async () => {
  const access = await client.request('GET', '/v1/machines/{machine}/ssh', { params: { machine: 'web-1' } });
  expect(access).toMatchObject({ host: '192.0.2.1', port: 22, user: 'root', privateKey: 'PRIVATE', jump: null });
  expect(access.hostKeys).toEqual(['ssh-ed25519 AAAA host']);
  const query = { type: 'machine.ssh-key-read', entity: 'machine/web-1' };
  const { items } = await client.request('GET', '/v1/events', { query });
  expect(items).toHaveLength(1);
});
