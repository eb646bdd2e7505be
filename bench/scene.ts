import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../src/client/client.ts';
import type { OperationDetail } from '../src/client/generated.ts';
import { version } from '../src/lib/version.ts';

const ROOT = join(import.meta.dirname, '..');
const LAUNCHER = join(ROOT, 'bin', 'saltern');
const START_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 5_000;
/** Seldom, so that asking costs what is measured nothing. */
const POLL_MS = 250;
const ENDED = ['succeeded', 'failed', 'cancelled'];

/** One controller in a process and a home of its own. */
export interface Scene {
  readonly client: Client;
  /** Process id of the controller. */
  readonly pid: number;
  /** Arguments and environment with which this Node runs the command line against this controller. */
  command(...args: readonly string[]): { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };
  /** Asks for machines and waits until all are ready; throws when one is not. */
  create(names: readonly string[], profile: string): Promise<OperationDetail>;
  /** Plans a map of machines, applies just that, and waits until all are ready; throws when one is not. */
  apply(names: readonly string[], profile: string): Promise<OperationDetail>;
  close(): Promise<void>;
}

/** What the emulator logs of a request; times in real milliseconds. */
export interface LoggedRequest {
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly durationMs: number;
}

/** A cloud in a process of its own, at real speed. */
export interface Cloud {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sshPort: number;
  setLatency(ms: number): Promise<void>;
  requests(): Promise<readonly LoggedRequest[]>;
  clearRequests(): Promise<void>;
  close(): Promise<void>;
}

const children = new Set<ChildProcess>();
const homes = new Set<string>();

/** Whatever ends the bench, no process and no folder of it stays. */
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

/** A folder for one installation, with room for the caches of Node too. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'saltern-bench-'));
  homes.add(home);
  return home;
}

/** Starts a controller in a home, with a bare environment, and waits until it answers. */
export async function openScene(home: string): Promise<Scene> {
  const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: home, SALTERN_HOME: home };
  const command = (...args: readonly string[]) => ({ args: [LAUNCHER, ...args], env });
  const child = start(home, 'controller', command('serve', '--reconcile-every', '1h', '--log-level', 'warn'));
  const client = connect({ socket: join(home, 'saltern.sock'), version, timeoutMs: 60_000 });
  await eventually(child, `${home}/controller.log`, () =>
    client.request('GET', '/healthz').then(
      () => true,
      () => false,
    ),
  );
  return {
    client,
    pid: child.pid ?? 0,
    command,
    async create(names, profile) {
      const { operation } = await client.request('POST', '/v1/machines', { body: { names, profile } });
      return succeeded(client, operation.id);
    },
    async apply(names, profile) {
      const machines = names.map((name) => ({ name, profile, origin: 'bench' }));
      const body = { map: { name: 'bench', machines } };
      const { actions } = await client.request('POST', '/v1/maps/plan', { body });
      const expect = actions.map(({ name, action, nativeId, fingerprint }) => ({
        name,
        action,
        nativeId,
        fingerprint,
      }));
      const { operation } = await client.request('POST', '/v1/maps/apply', { body: { ...body, expect } });
      return succeeded(client, operation.id);
    },
    close: () => {
      client.close();
      return end(child);
    },
  };
}

async function succeeded(client: Client, operation: string): Promise<OperationDetail> {
  for (;;) {
    const now = await client.request('GET', '/v1/operations/{operation}', { params: { operation } });
    if (now.status === 'succeeded') return now;
    if (ENDED.includes(now.status)) throw new Error(`${now.name} ${now.status}: ${now.error?.message}`);
    await sleep(POLL_MS);
  }
}

/** Starts an emulator. Its addresses and its SSH port follow from our process id, so that benches beside each other do not meet. */
export async function openCloud(home: string): Promise<Cloud> {
  const ready = join(home, 'emulator.json');
  const main = join(ROOT, 'emulator', 'src', 'main.ts');
  const place = ['--network', `127.${1 + (process.pid % 250)}`, '--ssh-port', String(30_000 + (process.pid % 30_000))];
  const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: home };
  const child = start(home, 'emulator', { args: [main, ...place, '--ready-file', ready], env });
  const read = () => JSON.parse(readFileSync(ready, 'utf8'));
  await eventually(child, `${home}/emulator.log`, async () => {
    try {
      return Boolean(read());
    } catch {
      return false;
    }
  });
  const { url, sshPort, env: given } = read();
  const admin = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/_emulator${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`emulator: ${method} ${path}: ${answer.status}`);
    return answer;
  };
  return {
    sshPort,
    settings: { api_url: url, access_key: given.SCW_ACCESS_KEY, token: given.SCW_SECRET_KEY, zone: 'fr-par-1' },
    setLatency: async (ms) => void (await admin('PUT', '/latency', { ms })),
    requests: async () => (await admin('GET', '/requests')).json() as Promise<LoggedRequest[]>,
    clearRequests: async () => void (await admin('DELETE', '/requests')),
    close: () => end(child),
  };
}

function start(home: string, name: string, { args, env }: ReturnType<Scene['command']>): ChildProcess {
  const log = openSync(join(home, `${name}.log`), 'a', 0o600);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

/** Asks it to end, and insists after a while. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const insist = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(insist);
}

async function eventually(child: ChildProcess, log: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await look())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`did not start:\n${readFileSync(log, 'utf8')}`);
    }
    await sleep(20);
  }
}
