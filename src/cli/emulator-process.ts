import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Paths } from '../lib/paths.ts';
import { CliError } from './base/errors.ts';
import type { Call, Options } from './base/verb.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'emulator', 'src', 'main.ts');
const START_TIMEOUT_MS = 30_000;

/** What a running emulator wrote of itself. */
export interface RunningEmulator {
  readonly url: string;
  readonly pid: number;
  readonly sshPort: number;
  readonly env: Readonly<Record<string, string>>;
}

/** The emulator of this inventory, or null when none is running. */
export function emulatorAt(paths: Paths): RunningEmulator | null {
  try {
    const running = JSON.parse(readFileSync(readyFile(paths), 'utf8')) as RunningEmulator;
    process.kill(running.pid, 0);
    return running;
  } catch {
    return null;
  }
}

/** In the foreground, until Ctrl-C. */
export function runEmulator({ options, paths }: Call): Promise<number> {
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [MAIN, ...argsOf(options, paths)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}

/** In the background; the one that runs already is taken. */
export async function startEmulator({
  options,
  paths,
  stderr,
}: Pick<Call, 'options' | 'paths' | 'stderr'>): Promise<RunningEmulator> {
  const present = emulatorAt(paths);
  if (present) {
    stderr.write(`The emulator is running at ${present.url}\n`);
    return present;
  }
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  rmSync(readyFile(paths), { force: true });
  const logFile = join(paths.dataDir, 'emulator.log');
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [MAIN, ...argsOf(options, paths)], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const running = emulatorAt(paths);
    if (running) {
      stderr.write(`Started the emulator in the background at ${running.url}\n`);
      return running;
    }
    await sleep(50);
  }
  throw new CliError('unavailable', 'the emulator did not start', { where: logFile });
}

/** True when one was running. Waits until it has ended. */
export async function stopEmulator(paths: Paths): Promise<boolean> {
  const running = emulatorAt(paths);
  if (!running) return false;
  process.kill(running.pid, 'SIGTERM');
  const deadline = Date.now() + 10_000;
  while (emulatorAt(paths) && Date.now() < deadline) await sleep(50);
  if (existsSync(readyFile(paths))) rmSync(readyFile(paths));
  return true;
}

function readyFile(paths: Paths): string {
  return join(paths.dataDir, 'emulator.json');
}

function argsOf(options: Options, paths: Paths): string[] {
  const given = (flag: string, name: string) =>
    options.text(name) === undefined ? [] : [flag, options.text(name) ?? ''];
  return [
    ...given('--listen', 'listen'),
    ...given('--clock-speed', 'clockSpeed'),
    ...given('--network', 'network'),
    ...given('--ssh-port', 'sshPort'),
    '--ready-file',
    readyFile(paths),
  ];
}
