import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '../../src/client/generated.ts';
import { isSigned, type Receiver, startReceiver } from '../support/receiver.ts';
import { openScene, type Scene } from './harness.ts';

const SECRET = 'CANARY-hook-secret';
let scene: Scene;
let receiver: Receiver;

beforeEach(async () => {
  [scene, receiver] = await Promise.all([openScene(), startReceiver()]);
  await scene.start();
  await scene.configure({ deploy: [{ kind: 'script', name: 'setup.sh', content: '#!/bin/sh\necho CANARY-script\n' }] });
});
afterEach(async () => {
  await scene.close();
  await receiver.down();
});

async function addWebhook(...flags: string[]): Promise<void> {
  const file = join(scene.home, 'hook.key');
  await writeFile(file, `${SECRET}\n`);
  const added = await scene.cli(['webhook', 'add', 'reactor', receiver.url, '--secret-file', file, ...flags]);
  expect(added.code, added.stderr).toBe(0);
}

async function history(query: { type?: string; after?: number } = {}): Promise<Event[]> {
  const events: Event[] = [];
  for (let after: number | undefined = query.after ?? 0; after !== undefined; ) {
    const page: { items: readonly Event[]; next?: number } = await scene.client.request('GET', '/v1/events', {
      query: { ...query, after, limit: 1000 },
    });
    events.push(...page.items);
    after = page.next;
  }
  return events;
}

/** Salt's tags of one machine, without the part that is the same in all. */
const tagsOf = (name: string, events: readonly { readonly type: string }[]) =>
  events.filter(({ type }) => type.startsWith(`salt/cloud/${name}/`)).map(({ type }) => type.split('/').at(-1));
const areEqual = ([one, two]: number[][]) => JSON.stringify(one) === JSON.stringify(two);
const taken = () => receiver.taken.map(({ event }) => event);

test('a reactor is told each life in order, signed, and no secret', { timeout: 60_000 }, async () => {
  await addWebhook('--type', 'salt/cloud/*');
  await scene.create(['web-1', 'web-2']);
  const destroyed = await scene.cli(['machine', 'destroy', 'web-1', '--yes']);
  expect(destroyed.code, destroyed.stderr).toBe(0);
  const created = ['creating', 'requesting', 'querying', 'waiting_for_ssh', 'deploying', 'deploy_script', 'created'];
  await expect.poll(() => tagsOf('web-1', taken())).toEqual([...created, 'destroying', 'destroyed']);
  expect(tagsOf('web-2', taken())).toEqual(created);
  expect(receiver.taken.every((one) => isSigned(one, SECRET))).toBe(true);
  expect(taken().map(({ id }) => id)).toEqual((await history({ type: 'salt/cloud/*' })).map(({ id }) => id));
  const { nativeId, address } = await scene.client.request('GET', '/v1/machines/{machine}', {
    params: { machine: 'web-2' },
  });
  expect(taken().find(({ type }) => type === 'salt/cloud/web-2/created')?.data).toEqual({
    ...{ name: 'web-2', profile: 'web', provider: 'paris:scaleway', driver: 'scaleway', event: 'created instance' },
    ...{ id: nativeId, instance_id: nativeId, public_ips: [address], private_ips: [] },
  });
  const everything = JSON.stringify(await history());
  expect(everything).not.toMatch(/PRIVATE KEY|CANARY/);
  expect(everything).not.toContain(scene.emulator.env()['SCW_SECRET_KEY']);
  const { stdout } = await scene.cli(['event', 'list', '--type', 'salt/cloud/*/created', '-o', 'json']);
  expect(JSON.parse(stdout)).toHaveLength(2);
});

test('a controller that is killed in the middle loses no event and no order', { timeout: 60_000 }, async () => {
  await addWebhook();
  receiver.delayMs = 5;
  const body = { names: ['web-1', 'web-2', 'web-3'], profile: 'web' };
  const { operation } = await scene.client.request('POST', '/v1/machines', { body });
  await expect.poll(() => receiver.taken.length, { timeout: 20_000 }).toBeGreaterThan(20);
  const killed = new Promise((resolve) => scene.controller().once('exit', resolve));
  scene.controller().kill('SIGKILL');
  await killed;
  await scene.start();
  expect((await scene.ended(operation.id)).error).toBeNull();
  receiver.delayMs = 0;
  const first = taken()[0]?.id ?? 0;
  const ids = () => taken().map(({ id }) => id);
  const stored = async () => (await history({ after: first - 1 })).map(({ id }) => id);
  // What was taken and not yet noted when it died comes again; but nothing is left out and nothing overtakes.
  await expect.poll(async () => [await stored(), [...new Set(ids())]], { timeout: 20_000 }).toSatisfy(areEqual);
  expect(ids().length - new Set(ids()).size).toBeLessThan(100);
  for (const name of body.names) {
    expect(tagsOf(name, await history()).filter((tag) => tag === 'created')).toEqual(['created']);
  }
});

test('a receiver that is down delays nothing, is told of, and gets everything once it is up', {
  timeout: 60_000,
}, async () => {
  await addWebhook('--type', 'salt/cloud/*');
  await receiver.down();
  expect((await scene.create(['web-1'])).error).toBeNull();
  const list = async () => JSON.parse((await scene.cli(['webhook', 'list', '-o', 'json'])).stdout)[0];
  await expect.poll(list).toMatchObject({ name: 'reactor', lastError: 'no connection (ECONNREFUSED)' });
  const refused = await scene.cli(['webhook', 'test', 'reactor']);
  expect(refused).toMatchObject({ code: 11, stderr: expect.stringContaining('ECONNREFUSED') });
  await receiver.up();
  expect(await scene.cli(['webhook', 'test', 'reactor'])).toMatchObject({ code: 0 });
  await expect.poll(() => tagsOf('web-1', taken()).at(-1)).toBe('created');
  expect(tagsOf('web-1', taken())).toHaveLength(7);
  expect(await list()).toMatchObject({ failures: 0, lastError: null });
  expect(await scene.cli(['webhook', 'remove', 'reactor'])).toMatchObject({ code: 0 });
  expect(await scene.client.request('GET', '/v1/webhooks')).toEqual({ items: [] });
});

test('a receiver that refuses does not keep a controller that has nothing to do, and is tried before it ends', {
  timeout: 60_000,
}, async () => {
  await addWebhook();
  receiver.answer = 500;
  const ended = new Promise((resolve) => scene.controller().once('exit', resolve));
  await scene.client.request('POST', '/v1/controller/stop');
  await ended;
  const before = receiver.asked();
  const launcher = join(import.meta.dirname, '..', '..', 'bin', 'saltern');
  const env = { PATH: process.env['PATH'], HOME: scene.home, SALTERN_HOME: scene.home };
  const idle = spawn(process.execPath, [launcher, 'serve', '--idle-exit', '1s'], { env, stdio: 'ignore' });
  expect(await new Promise((resolve) => idle.once('exit', resolve))).toBe(0);
  expect(receiver.asked()).toBeGreaterThan(before);
});
