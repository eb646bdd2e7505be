import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, type EmulatorOptions, startEmulator } from 'saltern-emulator';
import { controllerVersion } from '../../src/cli/handshake.ts';
import { type Client, connect } from '../../src/client/client.ts';
import type { OperationDetail } from '../../src/client/generated.ts';
import { version } from '../../src/lib/version.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LAUNCHER = join(ROOT, 'bin', 'saltern');
const ENDED = ['succeeded', 'failed', 'cancelled'];

/** A cloud, a place for one installation, and the controller that runs there now. */
export interface Scene {
  readonly emulator: Emulator;
  readonly home: string;
  readonly client: Client;
  /** Starts the controller and waits until it answers. `env` may set SALTERN_CRASH_AT. */
  start(env?: NodeJS.ProcessEnv): Promise<ChildProcess>;
  /** The controller's process now, or the one that ended last. */
  controller(): ChildProcess;
  /** What the controller wrote to stderr since the scene began. */
  log(): Promise<string>;
  /** Saves a provider `paris` at the emulator and a profile `web`. */
  configure(profile?: object, provider?: object): Promise<void>;
  create(names: readonly string[], more?: object): Promise<OperationDetail>;
  /** Waits until an operation has ended, across restarts of the controller. */
  ended(id: string): Promise<OperationDetail>;
  /** Runs the command line against this controller. */
  cli(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }>;
  close(): Promise<void>;
}

/** A network and SSH port of this process's own, so that tests beside each other do not meet. */
let scenes = 0;

export async function openScene(
  options: Partial<EmulatorOptions> & { readonly clockSpeed?: number } = {},
): Promise<Scene> {
  const clockSpeed = options.clockSpeed ?? 40;
  scenes += 1;
  const network = `127.${1 + ((process.pid * 7 + scenes * 31) % 250)}`;
  const sshPort = 20_000 + ((process.pid * 13 + scenes) % 10_000);
  const emulator = await startEmulator({ machines: 'memory', network, sshPort, ...options, clockSpeed });
  const home = await mkdtemp(join(tmpdir(), 'saltern-test-'));
  const socket = join(home, 'saltern.sock');
  const logFile = join(home, 'controller.log');
  const client = connect({ socket, version, timeoutMs: 60_000 });
  const baseEnv = { PATH: process.env['PATH'], HOME: home, SALTERN_HOME: home };
  let child: ChildProcess | null = null;

  const start = async (env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> => {
    const args = [
      LAUNCHER,
      'serve',
      '--clock-speed',
      String(clockSpeed),
      '--reconcile-every',
      '1h',
      '--log-level',
      'warn',
    ];
    const started = spawn(process.execPath, args, { env: { ...baseEnv, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    started.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }));
    child = started;
    while (started.exitCode === null && started.signalCode === null) {
      if ((await controllerVersion(client)) !== null) return started;
      await sleep(20);
    }
    return started;
  };
  const ended = async (id: string): Promise<OperationDetail> => {
    for (;;) {
      const operation = await client.request('GET', '/v1/operations/{operation}', { params: { operation: id } });
      if (ENDED.includes(operation.status)) return operation;
      await sleep(30);
    }
  };
  return {
    emulator,
    home,
    client,
    start,
    ended,
    controller: () => {
      if (!child) throw new Error('no controller was started');
      return child;
    },
    log: async () => (await import('node:fs/promises')).readFile(logFile, 'utf8').catch(() => ''),
    configure: async (profile = {}, provider = {}) => {
      const env = emulator.env();
      const settings = {
        access_key: env['SCW_ACCESS_KEY'],
        token: env['SCW_SECRET_KEY'],
        api_url: emulator.url,
        zone: 'fr-par-1',
        ...provider,
      };
      const limits = { requestsPerSecond: 1000, burst: 1000, concurrency: 100 };
      const web = {
        name: 'web',
        provider: 'paris',
        image: 'debian_bookworm',
        size: 'DEV1-S',
        ssh: { port: sshPort },
        ...profile,
      };
      await client.request('POST', '/v1/config', {
        body: { providers: [{ name: 'paris', driver: 'scaleway', settings, limits }], profiles: [web] },
      });
    },
    create: async (names, more = {}) => {
      const body = { names, profile: 'web', ...more };
      const { operation } = await client.request('POST', '/v1/machines', { body });
      return ended(operation.id);
    },
    cli: (args, env = {}) => runCli(args, { ...baseEnv, ...env }),
    close: async () => {
      if (child && child.exitCode === null) child.kill('SIGKILL');
      client.close();
      await emulator.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function runCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr })));
}
