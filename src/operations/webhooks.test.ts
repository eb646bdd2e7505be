import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSigned, type Receiver, startReceiver } from '../../test/support/receiver.ts';
import type { Store } from '../core/store.ts';
import { type Webhook, webhookSecret } from '../core/webhook.ts';
import { createClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLog } from '../lib/log.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

const actor = { kind: 'socket', name: 'ann' } as const;
/** A pause of a second takes 10 ms. */
const clock = createClock(100);
let dir: string;
let store: Store;
let receiver: Receiver;
let webhooks: Webhooks;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'saltern-events-'));
  store = await openSqliteStore({ file: join(dir, 'db'), key: randomBytes(32), clock });
  receiver = await startReceiver();
  webhooks = deliverer();
});
afterEach(async () => {
  await webhooks.close();
  await receiver.down();
  await store.close();
  await rm(dir, { recursive: true });
});

const deliverer = () => createWebhooks({ store, clock, log: silentLog, fetch, version: '1.2.3' });
const numbers = () => receiver.taken.map(({ event }) => event.data['n']);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function say(from: number, to: number, type = 'tick'): Promise<void> {
  const events = Array.from({ length: to - from + 1 }, (_, i) => ({
    ...{ actor, type, entity: null, operation: null, data: { n: from + i } },
  }));
  await store.events.append(events);
  webhooks.ring();
}

async function add(own: Partial<Webhook> = {}): Promise<Webhook> {
  const row = { id: newId(), name: 'hook', url: receiver.url, types: [], lastEvent: 0, failures: 0, lastError: null };
  return store.webhooks.insert({ ...row, createdAt: 1, ...own });
}

test('events come one a request, in order, signed, with id and time', async () => {
  const { id } = await add();
  await store.secrets.put(webhookSecret(id), 'CANARY-secret');
  await say(1, 230);
  await expect.poll(numbers, { timeout: 10_000 }).toEqual(upTo(230));
  expect(receiver.taken.every((one) => isSigned(one, 'CANARY-secret'))).toBe(true);
  expect(receiver.taken.some((one) => isSigned(one, 'another'))).toBe(false);
  const { headers, body } = receiver.taken[0] ?? {};
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-saltern-event-id': '1' });
  expect(Object.keys(JSON.parse(body ?? ''))).toEqual(['id', 'at', 'type', 'entity', 'operation', 'actor', 'data']);
  await expect.poll(() => store.webhooks.get(id)).toMatchObject({ lastEvent: 230, failures: 0 });
});

test('only the types that it wants; what does not concern it is passed over', async () => {
  await add({ types: ['salt/cloud/*', 'machine.?tatus'] });
  await say(1, 1);
  await say(2, 2, 'salt/cloud/web-1/created');
  await say(3, 3, 'machine.status');
  await expect.poll(numbers).toEqual([2, 3]);
  await expect.poll(() => webhooks.atRest()).toBe(true);
  await say(4, 4, 'salt');
  await expect.poll(() => webhooks.atRest()).toBe(true);
  await webhooks.close();
  expect(await store.webhooks.find('hook')).toMatchObject({ lastEvent: 4 });
});

test.each([
  ['an error', 503, 'answered 503'],
  ['a redirect, which is not followed', 307, 'answered 307, and redirects are not followed'],
])('after %s it is sent again, in order; the failure shows meanwhile and holds up nobody', async (_, code, said) => {
  const { id } = await add();
  receiver.answer = code;
  await say(1, 3);
  await expect.poll(async () => (await store.webhooks.get(id))?.failures).toBeGreaterThan(2);
  expect(await store.webhooks.get(id)).toMatchObject({ lastEvent: 0, lastError: said });
  await expect.poll(() => webhooks.atRest()).toBe(true);
  receiver.answer = 204;
  await expect.poll(numbers, { timeout: 5000 }).toEqual([1, 2, 3]);
  await expect.poll(() => store.webhooks.get(id)).toMatchObject({ lastEvent: 3, failures: 0, lastError: null });
});

test('an event that the receiver refuses every time is passed over: those after it come', async () => {
  const { id } = await add({ failures: 3 });
  receiver.answer = ({ data }) => (data['n'] === 2 ? 422 : 200);
  await say(1, 3);
  await expect.poll(numbers, { timeout: 10_000 }).toEqual([1, 3]);
  expect(receiver.asked()).toBe(10);
  await say(4, 4);
  await expect.poll(() => store.webhooks.get(id)).toMatchObject({ lastEvent: 4, failures: 0, lastError: null });
  expect(numbers()).toEqual([1, 3, 4]);
});

test('a receiver that is away gets everything when it is back; one that is there does not wait for it', async () => {
  await using other = await startReceiver();
  await add({ name: 'other', url: other.url });
  await add();
  await receiver.down();
  await say(1, 5);
  await expect.poll(() => other.taken.length).toBe(5);
  await expect.poll(() => store.webhooks.find('hook')).toMatchObject({ lastError: 'no connection (ECONNREFUSED)' });
  await say(6, 9);
  await receiver.up();
  await expect.poll(numbers, { timeout: 5000 }).toEqual(upTo(9));
});

test('a test that the receiver takes brings at once what waited for it', async () => {
  const webhook = await add({ failures: 8 }); // the next pause: 256 s, 2.5 s here
  receiver.answer = 500;
  await say(1, 2);
  await expect.poll(() => receiver.asked()).toBe(1);
  expect(await webhooks.test(webhook, actor)).toMatchObject({ delivered: false, reason: 'answered 500' });
  receiver.answer = 200;
  expect(await webhooks.test(webhook, actor)).toMatchObject({ delivered: true, reason: null });
  await expect.poll(() => receiver.taken.map(({ event }) => event.id), { timeout: 1000 }).toEqual([0, 1, 2]);
});

test('what a controller could not deliver before it ended, the next one does', async () => {
  await add();
  await say(1, 2);
  await expect.poll(numbers).toEqual([1, 2]);
  await receiver.down();
  await say(3, 4);
  await webhooks.close();
  await receiver.up();
  webhooks = deliverer();
  webhooks.ring();
  await expect.poll(numbers).toEqual([1, 2, 3, 4]);
});

test('what was just stored is still delivered by a controller that ends', async () => {
  await add();
  receiver.delayMs = 20;
  await say(1, 5);
  await webhooks.close();
  expect(numbers()).toEqual(upTo(5));
  expect(await store.webhooks.find('hook')).toMatchObject({ lastEvent: 5 });
});

test('a receiver that never answers holds up the end of the controller for two seconds at most', async () => {
  await add();
  receiver.delayMs = 60_000;
  await say(1, 1);
  await expect.poll(() => receiver.asked()).toBe(1);
  const began = Date.now();
  await webhooks.close();
  expect(Date.now() - began).toBeLessThan(4000);
  expect(await store.webhooks.find('hook')).toMatchObject({ lastEvent: 0, failures: 0 });
});

test('one that is removed while it fails is not asked again', async () => {
  const { id } = await add();
  receiver.answer = 500;
  await say(1, 1);
  await expect.poll(() => receiver.asked()).toBeGreaterThan(0);
  await store.webhooks.delete(id);
  await expect.poll(() => webhooks.atRest()).toBe(true);
  const asked = receiver.asked();
  await say(2, 2);
  await clock.sleep(20_000);
  expect(receiver.asked()).toBeLessThanOrEqual(asked + 1);
  expect(receiver.taken).toEqual([]);
});
