import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryHost } from '../../emulator/src/machines/memory.ts';
import type { Bootstrap, SshKeyPair } from '../core/bootstrap.ts';
import type { DeployStep } from '../core/deploy.ts';
import type { SshTarget } from '../core/shell.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createBootstrap } from './index.ts';
import { freePort } from './test-sshd.ts';

const { signal } = new AbortController();

describe('bootstrap of an emulated machine', () => {
  const host = createMemoryHost({ clock: systemClock });
  const bootstrap: Bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
  const hostKey = bootstrap.newKeyPair('bootstrap');
  const login = bootstrap.newKeyPair('controller');
  let port: number;
  beforeAll(async () => {
    port = await freePort();
  });
  afterAll(async () => {
    bootstrap.close();
    await host.close();
  });

  const bare = (pair: SshKeyPair) => pair.publicKey.split(' ').slice(0, 2).join(' ');
  const target = (more: Partial<SshTarget> = {}): SshTarget => ({
    machine: 'web-1',
    host: '127.0.0.1',
    port,
    users: ['root'],
    privateKey: login.privateKey,
    hostKeys: [hostKey.publicKey],
    connectTimeoutMs: 5_000,
    ...more,
  });
  const boot = async (own: string | null) => {
    const userData = bootstrap.userData({
      hostname: 'web-1',
      hostKey,
      authorizedKeys: [login.publicKey],
      users: ['root', 'debian'],
      own,
    });
    const spec = { id: 'web-1', name: 'web-1', hostname: 'web-1', address: '127.0.0.1', port, arch: 'x86_64' };
    await host.boot({ ...spec, image: 'debian_bookworm', userData, authorizedKeys: [] });
  };
  const ready = async (at: SshTarget, seen: string[] = []) => {
    for (let tries = 0; tries < 50; tries += 1) {
      const readiness = await bootstrap.look(at, signal);
      if (readiness.ready) return readiness;
      seen.push(readiness.waitingFor);
      await systemClock.sleep(100);
    }
    throw new Error('never ready');
  };
  const deploy = async (step: DeployStep, at = target(), key = randomBytes(6).toString('hex')) => {
    let output = '';
    const result = await bootstrap.deploy(at, step, { key, signal, onOutput: (_stream, text) => (output += text) });
    return { ...result, output };
  };

  it('waits for the port, then finds the injected host key and the merged user data in effect', async () => {
    expect(await bootstrap.look(target(), signal)).toMatchObject({
      ready: false,
      waitingFor: `port ${port} of 127.0.0.1 (refused)`,
    });
    await boot('#cloud-config\nruncmd: [sleep 0.4]\nwrite_files:\n- {path: /etc/own, content: mine}\n');
    const seen: string[] = [];
    expect(await ready(target(), seen)).toMatchObject({ user: 'root', hostKey: bare(hostKey) });
    expect(seen).toContain('cloud-init to finish on 127.0.0.1');
    const shell = await bootstrap.shell(target(), signal);
    expect((await shell.run({ script: 'hostname; cat /etc/own' })).stdout).toBe('web-1\nmine');
  });

  it('deploys a script as root, with arguments and environment, once', async () => {
    const content = '#!/bin/sh\nset -eu\necho "$1 $COLOUR $(id -un)"\necho run >> /root/runs\n';
    const step = { kind: 'script', name: 'a.sh', content, args: ["it's"], env: { COLOUR: 'b l u e' } } as const;
    expect(await deploy(step, target(), 'op/1')).toMatchObject({ code: 0, output: "it's b l u e root\n" });
    await deploy(step, target(), 'op/1');
    expect(host.dump('web-1')?.files['/root/runs']).toBe('run\n');
  });

  it('gives the exit code of a script that fails', async () => {
    const step = { kind: 'script', name: 'a.sh', content: 'echo why >&2; exit 4' } as const;
    await expect(deploy(step)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('exit code 4'),
    });
  });

  it('uses sudo for another user only where it is asked for', async () => {
    const at = target({ machine: 'as debian', users: ['debian'] });
    await ready(at);
    const step = { kind: 'script', name: 'who.sh', content: 'id -un; pwd' } as const;
    expect((await deploy(step, at)).output).toBe('debian\n/home/debian\n');
    expect((await deploy({ ...step, sudo: true }, at)).output).toMatch(/^root\n/);
    const file = { kind: 'file', path: '/etc/motd', content: 'hi\n', mode: '0640', owner: 'debian' } as const;
    await expect(deploy(file, at)).rejects.toMatchObject({ code: 'invalid' });
    await deploy({ ...file, sudo: true }, at);
    const shell = await bootstrap.shell(at, signal);
    expect((await shell.run({ script: "stat -c '%a %U' /etc/motd; cat /etc/motd" })).stdout).toBe('640 debian\nhi\n');
  });

  it('adds an SSH key once, to the user who is named, and that key lets in', async () => {
    const other = bootstrap.newKeyPair('other');
    const step = { kind: 'ssh-key', publicKey: other.publicKey, user: 'debian' } as const;
    await deploy(step);
    await deploy(step);
    const shell = await bootstrap.shell(target(), signal);
    const script = `grep -c other /home/debian/.ssh/authorized_keys; stat -c '%a %U' /home/debian/.ssh/authorized_keys`;
    expect((await shell.run({ script })).stdout).toBe('1\n600 debian\n');
    const at = target({ machine: 'by other key', users: ['debian'], privateKey: other.privateKey });
    expect((await bootstrap.shell(at, signal)).user).toBe('debian');
    await expect(deploy({ ...step, user: 'nobody-here' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(deploy({ kind: 'ssh-key', publicKey: 'nonsense' })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('lets the machine make its own host key, and then knows no other', async () => {
    const made = await bootstrap.newHostKey(target(), signal);
    expect(await bootstrap.newHostKey(target(), signal)).toBe(made);
    await bootstrap.useNewHostKey(target({ hostKeys: [hostKey.publicKey, made] }), signal);
    expect(host.dump('web-1')?.hostKeys).toEqual([expect.stringContaining(made)]);
    bootstrap.release('web-1');
    await expect(bootstrap.shell(target(), signal)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await bootstrap.shell(target({ hostKeys: [made] }), signal)).hostKey).toBe(made);
  });

  it('proves a reboot by the boot id', async () => {
    const at = target({ hostKeys: 'first-contact' });
    const before = await bootstrap.bootId(at, signal);
    expect(before).toMatch(/^[0-9a-f-]{36}$/);
    await host.reboot('web-1');
    await ready(at);
    expect(await bootstrap.bootId(at, signal)).not.toBe(before);
  });
});
