import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { destroyAll, done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

const CREATE = ['machine', 'create', 'web-1', '-p', 'web'] as const;
/** Fails the first time on each machine. */
const FAILS_ONCE = 'if test -e /srv/tried; then echo mended; else touch /srv/tried; echo no luck >&2; exit 3; fi\n';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
});
afterEach(async () => {
  scene.emulator.admin.trouble('web-1', {});
  await destroyAll(scene);
});
afterAll(() => scene.close());

test('an impostor answers in place of a machine: nothing is sent to it, and the rest goes on later', async () => {
  await scene.configure(script('echo secret work\n'));
  scene.emulator.admin.trouble('web-1', { hostKey: 'other' });
  const says = /the host key at 127\.\S+ is not the pinned one: shown ssh-ed25519 SHA256:\S+, expected SHA256:/;
  await refused(scene, CREATE, { code: 'forbidden', says, hint: 'Another machine may answer' });
  await expectFailedAt('ssh answers');
  scene.emulator.admin.trouble('web-1', {});
  await done(scene, ['machine', 'retry', 'web-1']);
  expect((await machine(scene, 'web-1')).status).toBe('ready');
  expectOnly(scene, ['web-1']);
});

test('SSH that never comes', async () => {
  await scene.configure({ ssh: { port: scene.emulator.sshPort, timeoutMs: 30_000 } });
  scene.emulator.admin.trouble('web-1', { sshRefused: true });
  const says = /ssh answers: not within 30 s; last seen: waiting for port \d+ of 127\.\S+ \(refused\)/;
  await refused(scene, CREATE, { code: 'timeout', says, hint: 'security group' });
  await expectFailedAt('ssh answers');
  expectOnly(scene, ['web-1']);
});

test('a script that fails: its exit code is told, the machine is kept, a retry goes on from there', async () => {
  await scene.configure(script(FAILS_ONCE));
  const says = /script setup\.sh on 127\.\S+ ended with exit code 3/;
  await refused(scene, CREATE, { code: 'invalid', says, hint: 'It said: no luck' });
  const id = await expectFailedAt('deploy 1: setup.sh');
  const [server] = scene.emulator.dump().servers;
  await done(scene, ['machine', 'retry', 'web-1']);
  expect(await done(scene, ['operation', 'log', id])).toBe('mended\n');
  const again = scene.emulator.dump().servers;
  expect(again.map((one) => [one.id, one.machine?.boots])).toEqual([[server?.id, 1]]);
  expect((await machine(scene, 'web-1')).status).toBe('ready');
});

test('on_failure destroy: the failed machine is given back', async () => {
  await scene.configure(script('exit 4\n'));
  const words = [...CREATE, '--on-failure', 'destroy'];
  await refused(scene, words, { code: 'invalid', says: 'ended with exit code 4', hint: 'A retry' });
  expectOnly(scene, []);
  const { items } = await scene.client.request('GET', '/v1/machines', { query: { destroyed: 'true', name: 'web-1' } });
  expect(items.map(({ status }) => status)).toContain('destroyed');
});

test('on_failure retry: made anew until it works, at most three times', async () => {
  await scene.configure(script('cat /etc/machine-id > /srv/marker\n'));
  scene.emulator.admin.addFaults([{ kind: 'out-of-stock', match: { method: 'POST', path: '/servers$' }, count: 2 }]);
  await done(scene, [...CREATE, '--on-failure', 'retry']);
  expectOnly(scene, ['web-1']);
  expect((await machine(scene, 'web-1')).status).toBe('ready');

  await scene.configure(script('exit 5\n'));
  scene.emulator.admin.clearRequests();
  const words = ['machine', 'create', 'web-2', '-p', 'web', '--on-failure', 'retry'];
  await refused(scene, words, { code: 'invalid', says: 'ended with exit code 5', hint: 'A retry' });
  const asked = scene.emulator.admin
    .requests()
    .filter(({ method, path }) => method === 'POST' && /servers$/.test(path));
  expect(asked).toHaveLength(3);
  expectOnly(scene, ['web-1']);
});

test('a cancel in the middle keeps the machine, or destroys it when that is said', async () => {
  await scene.configure(script('sleep 3600\n'));
  const kept = await createDetached('web-1');
  await done(scene, ['operation', 'cancel', kept]);
  expect(await machine(scene, 'web-1')).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
  expectOnly(scene, ['web-1']);

  const ended = await createDetached('web-2');
  await done(scene, ['operation', 'cancel', ended, '--destroy']);
  expectOnly(scene, ['web-1']);
  const { items } = await scene.client.request('GET', '/v1/machines');
  expect(items.map(({ name }) => name)).toEqual(['web-1']);
});

/** Begins a machine and waits until its script runs. */
async function createDetached(name: string): Promise<string> {
  const { operation } = await scene.client.request('POST', '/v1/machines', { body: { names: [name], profile: 'web' } });
  const params = { operation: operation.id };
  for (;;) {
    const { children, error } = await scene.client.request('GET', '/v1/operations/{operation}', { params });
    expect(error).toBeNull();
    if (children[0]?.step?.name === 'deploy 1: setup.sh') return operation.id;
    await sleep(50);
  }
}

/** The machine is kept as failed and its operation names the step and the error. Answers with the operation's id. */
async function expectFailedAt(step: string): Promise<string> {
  const { status, error, operation } = await machine(scene, 'web-1');
  const params = { operation: operation ?? '' };
  const { steps } = await scene.client.request('GET', '/v1/operations/{operation}', { params });
  const failed = steps.filter((one) => one.status === 'failed');
  expect({ status, failed: failed.map(({ name }) => name) }).toEqual({ status: 'failed', failed: [step] });
  expect(failed[0]?.error?.message).toBe(error?.message);
  return params.operation;
}

function script(content: string): object {
  return { deploy: [{ kind: 'script', name: 'setup.sh', content: `#!/bin/sh\n${content}` }] };
}
