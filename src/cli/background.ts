import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../client/client.ts';
import type { Paths } from '../lib/paths.ts';
import { version } from '../lib/version.ts';
import type { Sink } from './base/context.ts';
import { CliError } from './base/errors.ts';
import { controllerVersion } from './handshake.ts';

const START_TIMEOUT_MS = 30_000;
const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'saltern');

/** Starts a controller of its own in the background and waits until it answers. It ends by itself when idle. */
export async function startController(paths: Paths, stderr: Sink, extra: readonly string[] = []): Promise<void> {
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  const logFile = join(paths.dataDir, 'controller.log');
  const log = openSync(logFile, 'a', 0o600);
  const args = [LAUNCHER, 'serve', '--idle-exit', '10m', ...extra];
  const env = { ...process.env, SALTERN_DATA_DIR: paths.dataDir, SALTERN_SOCKET: paths.socket };
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], env });
  closeSync(log);
  let exit: number | null = null;
  child.on('exit', (code) => {
    exit = code ?? 1;
  });
  child.unref();
  const client = connect({ socket: paths.socket, version });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if ((await controllerVersion(client)) !== null) {
      stderr.write(`Started a controller in the background; inventory: ${paths.title}\n`);
      client.close();
      return;
    }
    if (exit !== null) break;
    await sleep(50);
  }
  throw new CliError('unavailable', 'the controller did not start', {
    where: logFile,
    hint: lastLines(logFile) || 'Run `saltern serve` to see why.',
  });
}

/** An older controller finishes its steps at work and makes room; what is unfinished is taken up by the new one. */
export async function replaceController(client: Client, paths: Paths, stderr: Sink, old: string): Promise<void> {
  stderr.write(`Replacing the running controller ${old} by ${version} …\n`);
  await client.request('POST', '/v1/controller/stop');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while ((await controllerVersion(client)) !== null) {
    if (Date.now() > deadline) {
      throw new CliError('timeout', `the running controller ${old} does not end`, { hint: 'Try `saltern stop`.' });
    }
    await sleep(100);
  }
  await startController(paths, stderr);
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join('\n');
  } catch {
    return '';
  }
}
