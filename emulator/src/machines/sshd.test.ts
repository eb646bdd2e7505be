import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client, SFTPWrapper } from 'ssh2';
import { afterAll, describe, expect, it } from 'vitest';
import { newKeyPair } from './host-keys.ts';
import { connectOnce, login, run, testHost } from './test-client.ts';

const bare = (publicKey: string) => publicKey.split(' ').slice(0, 2).join(' ');

describe('SSH of a memory machine', () => {
  const { host, boot, connect, close } = testHost();
  afterAll(close);

  it('refuses connections at first, then shows the host key that user data gave', async () => {
    const given = newKeyPair('given');
    const indented = given.privateKey.replaceAll('\n', '\n    ');
    const userData = `#cloud-config\nssh_keys:\n  ed25519_private: |\n    ${indented}\n  ed25519_public: ${given.publicKey}\n`;
    const machine = await boot({ userData });
    await expect(connectOnce(machine)).rejects.toThrow('ECONNREFUSED');
    await connect(machine);
    const { client, hostKey } = await connectOnce(machine);
    client.end();
    expect(hostKey).toBe(bare(given.publicKey));
    expect(host.dump(machine.id)?.hostKeys).toEqual([given.publicKey]);
  });

  it('makes a host key of its own without user data, and keeps it', async () => {
    const machine = await boot();
    const client = await connect(machine);
    const [key] = host.dump(machine.id)?.hostKeys ?? [];
    await host.reboot(machine.id);
    client.destroy();
    await connect(machine);
    expect((await connectOnce(machine)).hostKey).toBe(bare(key ?? ''));
    expect(host.dump(machine.id)?.boots).toBe(2);
  });

  it('lets in by the authorized_keys of its own file system only', async () => {
    const machine = await boot();
    const client = await connect(machine);
    const other = newKeyPair('other');
    const attempt = (privateKey: string, username = 'root') => connectOnce(machine, { privateKey, username });
    await expect(attempt(other.privateKey)).rejects.toThrow('authentication methods failed');
    await expect(attempt(login.privateKey, 'nobody')).rejects.toThrow('authentication methods failed');
    await run(client, 'useradd -m ann; mkdir -m 700 ~ann/.ssh; cat > ~ann/.ssh/authorized_keys', other.publicKey);
    await run(client, 'chown -R ann: /home/ann/.ssh');
    const ann = await attempt(other.privateKey, 'ann');
    expect((await run(ann.client, 'whoami; pwd')).stdout).toBe('ann\n/home/ann\n');
    ann.client.end();
    await run(client, 'chmod 777 /home/ann/.ssh');
    await expect(attempt(other.privateKey, 'ann')).rejects.toThrow('authentication methods failed');
  });

  it('shows a changed host key to new connections after a reload, and keeps the old ones', async () => {
    const machine = await boot();
    const client = await connect(machine);
    const made = await run(
      client,
      `cd /etc/ssh && ssh-keygen -q -t ed25519 -N '' -f new && mv new ssh_host_ed25519_key && mv new.pub ssh_host_ed25519_key.pub
       cat ssh_host_ed25519_key.pub`,
    );
    expect((await connectOnce(machine)).hostKey).not.toBe(bare(made.stdout));
    expect((await run(client, 'systemctl reload sshd')).code).toBe(0);
    expect((await connectOnce(machine)).hostKey).toBe(bare(made.stdout));
    expect((await run(client, 'echo still here')).stdout).toBe('still here\n');
  });

  it('carries a connection on to another machine, as a jump host', async () => {
    const jump = await boot();
    const target = await boot();
    await connect(target);
    const client = await connect(jump);
    const through = await new Promise<Client>((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, target.address, target.port, (error, sock) => {
        if (error) return reject(error);
        import('ssh2').then(({ default: ssh2 }) => {
          const inner = new ssh2.Client();
          inner.once('ready', () => resolve(inner)).once('error', reject);
          inner.connect({ sock, username: 'root', privateKey: login.privateKey });
        }, reject);
      });
    });
    expect((await run(through, 'hostname')).stdout).toBe(`${target.hostname}\n`);
    through.end();
    await expect(
      new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, '192.0.2.1', 22, (error, sock) => (error ? reject(error) : resolve(sock)));
      }),
    ).rejects.toThrow();
  });

  it('moves files over sftp with the rights of the user', async () => {
    const machine = await boot({ userData: '#cloud-config\nusers: [default]\n' });
    const root = await connect(machine);
    const sftp = await openSftp(await connect(machine, 'debian'));
    const content = Buffer.from([0, 255, 10, 200, 13]);
    await ask((done) => sftp.mkdir('up', { mode: 0o700 }, done));
    await ask((done) => sftp.writeFile('up/a', content, done));
    await ask((done) => sftp.rename('up/a', 'up/b', done));
    expect(await ask<Buffer>((done) => sftp.readFile('up/b', done))).toEqual(content);
    const list = await ask<{ filename: string }[]>((done) => sftp.readdir('up', done));
    expect(list.map(({ filename }) => filename)).toEqual(['b']);
    expect((await run(root, "stat -c '%a %U' /home/debian/up; wc -c < /home/debian/up/b")).stdout).toBe(
      '700 debian\n5\n',
    );
    await expect(ask((done) => sftp.writeFile('/etc/b', content, done))).rejects.toThrow('permission denied');
    await expect(ask((done) => sftp.stat('/nope', done))).rejects.toThrow('no such file');
  });

  it('plays broken SSH: refused, hanging, another host key', async () => {
    const machine = await boot();
    await connect(machine);
    host.trouble(machine.id, { sshRefused: true });
    await expect(connectOnce(machine)).rejects.toThrow('ECONNREFUSED');
    host.trouble(machine.id, { sshHangs: true });
    await expect(connectOnce(machine, { timeoutMs: 200 })).rejects.toThrow('Timed out');
    host.trouble(machine.id, { hostKey: 'other' });
    const [key] = host.dump(machine.id)?.hostKeys ?? [];
    expect((await connectOnce(machine)).hostKey).not.toBe(bare(key ?? ''));
    host.trouble(machine.id, { slowStartMs: 400 });
    await host.reboot(machine.id);
    const began = Date.now();
    const client = await connect(machine);
    expect(Date.now() - began).toBeGreaterThan(400);
    host.trouble(machine.id, {});
    expect((await connectOnce(machine)).hostKey).toBe(bare(key ?? ''));
    expect((await run(client, 'echo here')).stdout).toBe('here\n');
  });

  it('boots fifty machines at once, each its own', async () => {
    const machines = await Promise.all(Array.from({ length: 50 }, () => boot()));
    const names = await Promise.all(
      machines.map(async (machine) => (await run(await connect(machine), 'hostname; cat /etc/machine-id')).stdout),
    );
    expect(new Set(names).size).toBe(50);
    expect(names.map((text) => text.split('\n')[0])).toEqual(machines.map(({ hostname }) => hostname));
  });

  it('ends connections and files with the machine', async () => {
    const machine = await boot();
    const client = await connect(machine);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await host.destroy(machine.id);
    await closed;
    expect(host.dump(machine.id)).toBeNull();
    await expect(connectOnce(machine)).rejects.toThrow('ECONNREFUSED');
  });

  it.skipIf(!existsSync('/usr/bin/ssh'))('answers OpenSSH, with a terminal too', async () => {
    const machine = await boot();
    await connect(machine);
    const folder = mkdtempSync(join(tmpdir(), 'memory-machine-'));
    try {
      writeFileSync(join(folder, 'key'), login.privateKey, { mode: 0o600 });
      const [key] = host.dump(machine.id)?.hostKeys ?? [];
      writeFileSync(join(folder, 'known'), `[${machine.address}]:${machine.port} ${key}\n`);
      const options = [`IdentityFile=${join(folder, 'key')}`, `UserKnownHostsFile=${join(folder, 'known')}`];
      const ssh = (...args: string[]) =>
        promisify(execFile)('ssh', [
          ...['-F', 'none', '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes', '-p', String(machine.port)],
          ...options.flatMap((option) => ['-o', option]),
          `root@${machine.address}`,
          ...args,
        ]);
      expect((await ssh('-n', 'uname -s; exit 0')).stdout).toBe('Linux\n');
      const terminal = ssh('-tt');
      terminal.child.stdin?.end('cd /etc\npwd\nexit\n');
      expect((await terminal).stdout).toContain('root@');
      expect((await terminal).stdout).toContain(':/etc# /etc\r\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function openSftp(client: Client): Promise<SFTPWrapper> {
  return ask((done) => client.sftp(done));
}

type Done<T> = (error: Error | null | undefined, value?: T) => void;

function ask<T = unknown>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value as T))));
}
