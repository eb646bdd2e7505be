import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connect, type EventQuery } from '../client/client.ts';
import type { Event } from '../client/generated.ts';
import { insertMachines, paris, startTestController, type TestController } from './testing/controller.ts';

let controller: TestController;
beforeAll(async () => {
  controller = await startTestController();
  await controller.client.request('POST', '/v1/config', { body: paris });
  await insertMachines(controller, {});
});
afterEach(() => expect.poll(() => controller.listeners.size).toBe(0)); // whoever leaves is forgotten
afterAll(() => controller.close());

const actor = { kind: 'controller', name: 'test' } as const;
const tick = (n: number, fields: { entity?: string; operation?: string } = {}) =>
  controller.emit({ actor, type: 'tick', entity: null, operation: null, data: { n }, ...fields });

/** Takes events until one says it is the last. */
async function take(events: AsyncIterable<Event>, last: number): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of events) {
    if (event.type !== 'tick') continue;
    seen.push(Number(event.data['n']));
    if (event.data['n'] === last) break;
  }
  return seen;
}

/** Follows from now on: resolves once the head of the stream has arrived. */
async function follow(query: EventQuery, last: number): Promise<{ seen: Promise<number[]> }> {
  const client = connect({ socket: controller.socket });
  const seen = take(client.events(query), last);
  await expect.poll(() => client.controller()).not.toBeNull();
  return { seen };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test('a long past is replayed to its end although nothing new comes', { timeout: 5000 }, async () => {
  const start = await controller.store.events.lastId();
  for (let n = 1; n <= 1200; n += 1) await tick(n);
  expect(await take(controller.client.events({ after: start }), 1200)).toEqual(upTo(1200));
});

test('events that come while the past is replayed are neither lost nor doubled', async () => {
  const start = await controller.store.events.lastId();
  for (let n = 1; n <= 700; n += 1) await tick(n);
  const following = take(controller.client.events({ after: start }), 1000);
  for (let n = 701; n <= 1000; n += 1) {
    await tick(n);
    if (n % 25 === 0) await new Promise(setImmediate);
  }
  expect(await following).toEqual(upTo(1000));
});

test('a follower goes on behind the last event it saw when its connection is cut, again and again', async () => {
  const following = await follow({}, 60);
  for (let n = 1; n <= 60; n += 1) {
    await tick(n);
    if (n % 20 === 0 && n < 60) controller.api.server.closeAllConnections();
  }
  expect(await following.seen).toEqual(upTo(60));
});

test('a follower that began in the past is not told it again after a cut', async () => {
  for (let n = 1; n <= 10; n += 1) await tick(n);
  const following = await follow({ last: 10 }, 12);
  await tick(11);
  controller.api.server.closeAllConnections();
  await tick(12);
  const seen = await following.seen;
  expect(seen).toEqual([...new Set(seen)]);
  expect(seen.slice(-3)).toEqual([10, 11, 12]);
});

test('a follower that was cut before its first event misses nothing', async () => {
  const following = await follow({}, 2);
  controller.api.server.closeAllConnections();
  await tick(1);
  await tick(2);
  expect(await following.seen).toEqual([1, 2]);
});

test('a stream ends when its reader leaves', async () => {
  const leaving = new AbortController();
  const reading = take(controller.client.events({}, leaving.signal), -1);
  await expect.poll(() => controller.listeners.size).toBe(1);
  leaving.abort();
  expect(await reading).toEqual([]);
});

test('the wire format is that of server-sent events', async () => {
  const after = await controller.store.events.lastId();
  await tick(7);
  const chunk = await new Promise<string>((resolve, reject) => {
    const headers = { 'last-event-id': String(after) };
    const ask = request({ socketPath: controller.socket, path: '/v1/events', headers }, (response) => {
      expect(response.headers['content-type']).toBe('text/event-stream');
      let seen = '';
      response.setEncoding('utf8').on('data', (text) => {
        seen += text;
        if (!seen.includes('"tick"')) return;
        ask.destroy();
        resolve(seen);
      });
    });
    ask.on('error', reject).end();
  });
  expect(chunk).toMatch(/^retry: 1000\nid: \d+\n\nid: \d+\nevent: tick\ndata: \{.*\}\n\n$/);
});

test('what an operation began belongs to it', async () => {
  const parent = await controller.holdOn('fleet/1');
  const child = { ...parent, id: '01J00000000000000000000001', parent: parent.id, entity: 'machine/x' };
  await controller.store.operations.create(child);
  await tick(1, { operation: parent.id });
  await tick(2, { operation: child.id });
  await tick(3);
  await tick(4, { entity: `machine/${(await controller.store.machines.find('web-1'))?.id}` });
  const list = async (query: { operation?: string; entity?: string }) => {
    const { items } = await controller.client.request('GET', '/v1/events', { query });
    return items.map((event) => event.data['n']);
  };
  expect(await list({ operation: parent.id })).toEqual([1, 2]);
  expect(await list({ operation: child.id })).toEqual([2]);
  expect(await list({ entity: 'machine/web-1' })).toEqual([4]);
  await controller.engine.cancel(parent.id, 'keep');
});

test('a list is paged; `last` gives the newest', async () => {
  await tick(1);
  await tick(2);
  const newest = await controller.client.request('GET', '/v1/events', { query: { last: 2 } });
  expect(newest.items.map((event) => event.data['n'])).toEqual([1, 2]);
  const seen: number[] = [];
  let after: number | undefined;
  do {
    const page = await controller.client.request('GET', '/v1/events', { query: { limit: 400, after } });
    seen.push(...page.items.map((event) => event.id));
    after = page.next;
  } while (after !== undefined);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.at(-1)).toBe(await controller.store.events.lastId());
});

test('a type may be a pattern, in a list and in a stream', async () => {
  const say = (type: string, n: number) => controller.emit({ actor, type, entity: null, operation: null, data: { n } });
  const after = await controller.store.events.lastId();
  await say('salt/cloud/web-1/created', 1);
  await say('salt.cloud', 2);
  await say('salt/cloud/web-2/destroyed', 3);
  const list = async (type: string) => {
    const { items } = await controller.client.request('GET', '/v1/events', { query: { after, type } });
    return items.map((event) => event.data['n']);
  };
  expect(await list('salt/cloud/*')).toEqual([1, 3]);
  expect(await list('salt/cloud/web-?/created')).toEqual([1]);
  expect(await list('salt?cloud')).toEqual([2]);
  expect(await list('salt.cloud')).toEqual([2]);
  expect(await list('(salt|')).toEqual([]);
  const streamed: unknown[] = [];
  for await (const event of controller.client.events({ after, type: '*/cloud/*' })) {
    if (streamed.push(event.data['n']) === 2) break;
  }
  expect(streamed).toEqual([1, 3]);
});

test('the newest of a rare kind are found however long ago they were', async () => {
  await controller.emit({ actor, type: 'rare', entity: null, operation: null, data: { n: 1 } });
  await controller.emit({ actor, type: 'rare', entity: null, operation: null, data: { n: 2 } });
  await controller.emit(
    ...Array.from({ length: 900 }, (_, n) => ({ actor, type: 'tick', entity: null, operation: null, data: { n } })),
  );
  const newest = async (last: number) => {
    const { items } = await controller.client.request('GET', '/v1/events', { query: { last, type: 'rare' } });
    return items.map((event) => event.data['n']);
  };
  expect(await newest(1)).toEqual([2]);
  expect(await newest(5)).toEqual([1, 2]);
});

test('open streams do not hold a controller that ends', async () => {
  const ending = await startTestController();
  const client = connect({ socket: ending.socket });
  const leaving = new AbortController();
  const seen = take(client.events({}, leaving.signal), -1);
  await expect.poll(() => client.controller()).not.toBeNull();
  const began = Date.now();
  await ending.close();
  expect(Date.now() - began).toBeLessThan(2000);
  leaving.abort();
  expect(await seen).toEqual([]);
});
