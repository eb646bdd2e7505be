import { accessSync, constants } from 'node:fs';
import { type Client, connect as connectTo } from '../client/client.ts';
import { type Paths, systemPaths } from '../lib/paths.ts';
import { version } from '../lib/version.ts';
import type { Sink } from './base/context.ts';
import { CliError } from './base/errors.ts';
import { controllerVersion } from './handshake.ts';

export interface ConnectOptions {
  readonly paths: Paths;
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: Sink;
  readonly url?: string;
}

/** Connects at the first call and keeps the client. */
export function lazyClient(options: ConnectOptions): () => Promise<Client> {
  let client: Promise<Client> | null = null;
  return () => (client ??= openClient(options));
}

/**
 * The controller that a command means: the one at `url`; else the system's where its socket is open to us; else our own,
 * started in the background when none runs. Says on stderr which inventory it is when that was chosen for the user.
 */
async function openClient(options: ConnectOptions): Promise<Client> {
  const { env, url, stderr } = options;
  if (url !== undefined) {
    const token = env['SALTERN_TOKEN'];
    return connectTo({ url, version, ...(token && { token }) });
  }
  const paths = choosePaths(options);
  const client = connectTo({ socket: paths.socket, version });
  const running = await controllerVersion(client);
  if (running === version) return client;
  if (running !== null && newer(running, version)) {
    throw new CliError('unsupported', `the controller is version ${running}, this command line is ${version}`, {
      hint: 'Use the newer saltern; an older one could misread its answers.',
    });
  }
  const { startController, replaceController } = await import('./background.ts');
  if (running === null) await startController(paths, stderr);
  else await replaceController(client, paths, stderr, running);
  return client;
}

function choosePaths({ paths, env, stderr }: ConnectOptions): Paths {
  if (env['SALTERN_HOME'] || paths.socket === systemPaths.socket || !canUse(systemPaths.socket)) return paths;
  stderr.write(`Using ${systemPaths.title} inventory.\n`);
  return systemPaths;
}

function canUse(socket: string): boolean {
  try {
    accessSync(socket, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function newer(a: string, b: string): boolean {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  const at = left.findIndex((part, i) => part !== right[i]);
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}
