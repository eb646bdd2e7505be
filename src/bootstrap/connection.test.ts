import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bootstrap } from '../core/bootstrap.ts';
import type { SshTarget } from '../core/shell.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createBootstrap } from './index.ts';
import { fingerprint, newKeyPair, privateFingerprint } from './keys.ts';
import { createPool } from './pool.ts';
import { freePort, listen, openRoute, sshdMissing, startSshd, type TestSshd } from './test-sshd.ts';

const { signal } = new AbortController();
const missing = sshdMissing();

describe.skipIf(missing !== null)('a connection to a real sshd', () => {
  let sshd: TestSshd;
  let bootstrap: Bootstrap;
  const bare = (line: string) => line.split(' ').slice(0, 2).join(' ');

  beforeAll(async () => {
    sshd = await startSshd();
    bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
  });
  afterAll(async () => {
    bootstrap.close();
    await sshd.stop();
  });

  /** A target of a machine of its own, so that no connection is shared. */
  const alone = (name: string, more: Partial<SshTarget> = {}) => sshd.target({ machine: name, ...more });
  const fails = (target: SshTarget) =>
    bootstrap.shell(target, signal).then(
      () => expect.unreachable(),
      (error) => error,
    );

  it('is ready, and says as whom and with which host key', async () => {
    const target = alone('ready');
    const readiness = await bootstrap.look(target, signal);
    expect(readiness).toEqual({ ready: true, user: target.users[0], hostKey: bare(sshd.hostKey) });
  });

  it('pins what is seen at first contact', async () => {
    const shell = await bootstrap.shell(alone('first', { hostKeys: 'first-contact' }), signal);
    expect(shell.hostKey).toBe(bare(sshd.hostKey));
  });

  it('refuses a host key that is not the pinned one, with both fingerprints', async () => {
    const other = newKeyPair('other').publicKey;
    const target = alone('wrong key', { hostKeys: [other] });
    const error = await fails(target);
    expect(error).toMatchObject({ code: 'forbidden', retryable: false });
    expect(error.message).toContain(fingerprint(sshd.hostKey));
    expect(error.message).toContain(fingerprint(other));
    await expect(bootstrap.look(target, signal)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('refuses a machine that has no host key of the pinned type', async () => {
    const ecdsa =
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGmDvYhQbQDb1l9mQ0Zk5yZ3a1b3m1k5cU1H0mWcYv0=';
    expect(await fails(alone('other type', { hostKeys: [ecdsa] }))).toMatchObject({ code: 'forbidden' });
  });

  it('never takes an empty list of host keys for "any"', async () => {
    expect(await fails(alone('no key', { hostKeys: [] }))).toMatchObject({ code: 'invalid' });
  });

  it('does not share a connection with a target that asks for another host key', async () => {
    await bootstrap.shell(alone('stricter'), signal);
    const error = await fails(alone('stricter', { hostKeys: [newKeyPair('x').publicKey] }));
    expect(error).toMatchObject({ code: 'forbidden' });
  });

  it('tells a refused login: users and key are named, and it may still come', async () => {
    const { privateKey } = newKeyPair('stranger');
    const target = alone('stranger', { privateKey, users: ['root', 'debian'] });
    const error = await fails(target);
    expect(error.code).toBe('unauthenticated');
    expect(error.message).toContain('root, debian');
    expect(error.message).toContain(privateFingerprint(privateKey));
    const readiness = await bootstrap.look(target, signal);
    expect(readiness).toMatchObject({ ready: false, waitingFor: 'login as root, debian (refused)' });
  });

  it('tries the users in order and remembers who was let in', async () => {
    const [user = ''] = sshd.target().users;
    const shell = await bootstrap.shell(alone('users', { users: ['nobody-here', user] }), signal);
    expect(shell.user).toBe(user);
  });

  it('tells a login that runs no commands, without waiting for it to end', async () => {
    const forced = newKeyPair('forced');
    const file = join(sshd.folder, 'authorized_keys');
    const said = 'Please login as the user ubuntu rather than the user root.';
    appendFileSync(file, `command="echo ${said}; sleep 10; exit 142" ${forced.publicKey}\n`);
    const target = alone('forced', { privateKey: forced.privateKey, users: [...sshd.target().users, 'ubuntu'] });
    const began = performance.now();
    expect(await fails(target)).toMatchObject({ code: 'unavailable', message: expect.stringContaining(said) });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await bootstrap.look(target, signal)).toMatchObject({
      ready: false,
      waitingFor: `a shell on 127.0.0.1 (${said})`,
    });
  });

  it('tells refused', async () => {
    const port = await freePort();
    const target = alone('refused', { port });
    const error = await fails(target);
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`SSH refused at 127.0.0.1:${port}`),
    });
    const readiness = await bootstrap.look(target, signal);
    expect(readiness).toMatchObject({ ready: false, waitingFor: `port ${port} of 127.0.0.1 (refused)` });
  });

  it('tells timed out, for a port that accepts and says nothing', async () => {
    const silent = createServer(() => {});
    const target = alone('silent', { port: await listen(silent), connectTimeoutMs: 200 });
    expect(await fails(target)).toMatchObject({ code: 'timeout', retryable: true });
    expect(await bootstrap.look(target, signal)).toMatchObject({ ready: false, waitingFor: /timed out/ });
    silent.close();
  });

  it('tells closed in the handshake', async () => {
    const hasty = createServer((socket) => socket.end());
    const target = alone('hasty', { port: await listen(hasty) });
    expect(await fails(target)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('closed in the handshake'),
    });
    hasty.close();
  });

  it('tells an unknown name and an unreadable key', async () => {
    expect(await fails(alone('name', { host: 'no-such-host.invalid' }))).toMatchObject({ code: 'unavailable' });
    const error = await fails(alone('key', { privateKey: 'canary-not-a-key' }));
    expect(error).toMatchObject({ code: 'invalid' });
    expect(error.message).not.toContain('canary');
  });

  it('shares one connection among concurrent callers, more than sshd allows sessions, and reconnects after a cut', async () => {
    const route = await openRoute(sshd.target().port);
    const target = alone('shared', { port: route.port });
    const runs = Array.from({ length: 25 }, async (_, i) => {
      const shell = await bootstrap.shell(target, signal);
      return (await shell.run({ script: `echo ${i}` })).stdout;
    });
    expect(await Promise.all(runs)).toEqual(runs.map((_, i) => `${i}\n`));
    expect(route.passed).toBe(1);

    const shell = await bootstrap.shell(target, signal);
    const broken = shell.run({ script: 'echo begun; sleep 5', onOutput: () => route.cut() });
    await expect(broken).rejects.toMatchObject({ code: 'unavailable', ambiguous: true });
    expect(await shell.run({ script: 'echo again' })).toMatchObject({ stdout: 'again\n', code: 0 });
    expect(route.passed).toBe(2);
    bootstrap.release('shared');
    await route.close();
  });

  it('closes a connection that nobody uses, and only that', async () => {
    const route = await openRoute(sshd.target().port);
    const pool = createPool({ log: silentLog, idleMs: 100 });
    const use = (ms: number) => pool.use(alone('idle', { port: route.port }), signal, () => systemClock.sleep(ms));
    await use(300);
    await use(0);
    expect(route.passed).toBe(1);
    await systemClock.sleep(300);
    await use(0);
    expect(route.passed).toBe(2);
    pool.close();
    await route.close();
  });

  it('reaches a machine through a jump host, both verified', async () => {
    const jump = alone('jump');
    const shell = await bootstrap.shell(alone('behind', { jump }), signal);
    expect((await shell.run({ script: 'echo "$SSH_CONNECTION"' })).stdout).toContain('127.0.0.1');
    const wrong = { ...jump, machine: 'false jump', hostKeys: [newKeyPair('x').publicKey] };
    expect(await fails(alone('behind false', { jump: wrong }))).toMatchObject({ code: 'forbidden' });
    const port = await freePort();
    const error = await fails(alone('behind nothing', { jump, port }));
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/refused at .* through /) });
  });

  it('ends waiting when the caller aborts', async () => {
    const silent = createServer(() => {});
    const target = alone('aborted', { port: await listen(silent) });
    const reason = new Error('enough');
    await expect(bootstrap.shell(target, AbortSignal.abort(reason))).rejects.toBe(reason);
    const shell = await bootstrap.shell(alone('abort run'), signal);
    const abort = new AbortController();
    const run = shell.run({ script: 'sleep 10' }, abort.signal);
    setTimeout(() => abort.abort(reason), 50);
    await expect(run).rejects.toBe(reason);
    bootstrap.release('aborted');
    silent.close();
  });
});
