import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../core/shell.ts';
import { newKeyPair } from './keys.ts';

/** For tests: OpenSSH's own server on a loopback port, as the current user, with everything in a folder of its own. */
export interface TestSshd {
  readonly folder: string;
  readonly hostKey: string;
  target(more?: Partial<SshTarget>): SshTarget;
  stop(): Promise<void>;
}

const SSHD = '/usr/sbin/sshd';

/**
 * Why OpenSSH's server cannot be used here, also printed; null when it can. With CI_DEEP=1 it has to. Run by an ordinary user
 * it has no sudo for him, and complains in each session when his home does not exist.
 */
export function sshdMissing(needs: 'no more' | 'home' | 'root' = 'no more'): string | null {
  if (process.env['CI_DEEP'] === '1') return null;
  const reason = reasonAgainst(needs);
  if (reason !== null) console.warn(`SKIPPED, tests with a real sshd: ${reason}`);
  return reason;
}

function reasonAgainst(needs: 'no more' | 'home' | 'root'): string | null {
  if (!existsSync(SSHD)) return `${SSHD} is not installed`;
  if (needs === 'root' && process.getuid?.() !== 0) return 'they need root';
  if (needs === 'home' && !existsSync(userInfo().homedir)) return `${userInfo().homedir} does not exist`;
  return null;
}

export async function startSshd(): Promise<TestSshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is not installed: install openssh-server`);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'saltern-sshd-'));
  const port = await freePort();
  const [host, login] = [newKeyPair('host'), newKeyPair('login')];
  writeFileSync(join(folder, 'ssh_host_ed25519_key'), host.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'ssh_host_ed25519_key.pub'), host.publicKey);
  writeFileSync(join(folder, 'authorized_keys'), `${login.publicKey}\n`);
  const config = `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${folder}/ssh_host_ed25519_key\nUsePAM no\nStrictModes no
AuthorizedKeysFile ${folder}/authorized_keys\nSetEnv HOME=${folder}\nPidFile ${folder}/pid\nPermitRootLogin prohibit-password\n`;
  writeFileSync(join(folder, 'sshd_config'), config);
  const server = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  await portAnswers(port);
  return {
    folder,
    hostKey: host.publicKey,
    target: (more) => ({
      machine: folder,
      host: '127.0.0.1',
      port,
      users: [userInfo().username],
      privateKey: login.privateKey,
      hostKeys: [host.publicKey],
      connectTimeoutMs: 5_000,
      ...more,
    }),
    stop: async () => {
      await ended(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A way to a port that can be cut, closed and opened again. */
export interface TestRoute {
  readonly port: number;
  /** Cuts every connection now. */
  cut(): void;
  readonly passed: number;
  close(): Promise<void>;
}

export async function openRoute(to: number): Promise<TestRoute> {
  const sockets = new Set<Socket>();
  let passed = 0;
  const server = createServer((near) => {
    passed += 1;
    const far = connectSocket(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const port = await listen(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut,
    get passed() {
      return passed;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Listens on a free loopback port; returns it. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until something listens on a loopback port. */
export async function portAnswers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connectSocket(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the test sshd does not listen');
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill();
  });
}
