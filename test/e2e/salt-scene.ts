import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openScene, type Scene } from './harness.ts';

export const ALIAS = 'my-scaleway-config';
export const SALT_CLOUD = join(import.meta.dirname, '..', '..', 'bin', 'salt-cloud');

/** A Salt Cloud user: seed 000's files, their command, and the emulator as the cloud. */
export interface SaltScene {
  readonly scene: Scene;
  /** Where their files are. */
  readonly directory: string;
  /** Runs bin/salt-cloud with the user's directory and what they type; `more` are words that hold spaces. */
  run(line: string, typed?: string, more?: readonly string[], launcher?: string): Promise<Ran>;
  /** The output of a command that has to end well. */
  done(line: string): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: what a user's own script gets to see
  json(line: string): Promise<any>;
  /** Writes the user's map and answers with its path. */
  mapFile(text: string): string;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function openSaltScene(): Promise<SaltScene> {
  const scene = await openScene();
  await scene.start();
  const directory = join(scene.home, 'salt');
  writeFiles(scene, directory);
  const run: SaltScene['run'] = (line, typed = '', more = [], launcher = SALT_CLOUD) =>
    runCommand(scene, [launcher, '-c', directory, ...(line === '' ? [] : line.split(' ')), ...more], typed);
  const done = async (line: string) => {
    const { code, stdout, stderr } = await run(line);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  return {
    scene,
    directory,
    run,
    done,
    json: async (line) => JSON.parse(await done(`${line} --out=json`)),
    mapFile: (text) => {
      const file = join(directory, 'fleet.map');
      writeFileSync(file, text);
      return file;
    },
  };
}

function writeFiles({ emulator }: Scene, directory: string): void {
  mkdirSync(join(directory, 'cloud.profiles.d'), { recursive: true });
  const env = emulator.env();
  const files = {
    'cloud.providers': providers(env['SCW_ACCESS_KEY'] ?? '', env['SCW_SECRET_KEY'] ?? ''),
    'cloud.profiles': PROFILES,
    'cloud.profiles.d/debian.conf': debian(directory, emulator.sshPort),
    'setup.sh': '#!/bin/sh\necho "set up $(hostname) $*"\n',
    cloud: 'query.selection: [id, state]\n',
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
}

async function runCommand({ home, emulator }: Scene, words: readonly string[], typed: string): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: home, SALTERN_HOME: home, ...emulator.env() };
  const child = spawn(process.execPath, words, { env });
  child.stdin.end(typed);
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      texts[stream] += chunk.toString();
    });
  }
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? 1)));
  return { code, ...texts };
}

/** Seed 000's provider file with other credentials. */
function providers(accessKey: string, token: string): string {
  return `# Note: This example is for /etc/salt/cloud.providers or any file in the
# /etc/salt/cloud.providers.d/ directory.

my-scaleway-config:
  access_key: ${accessKey}
  token: ${token}
  driver: scaleway
`;
}

/** Seed 000's profile. */
const PROFILES = `scaleway-ubuntu:
  provider: my-scaleway-config
  image: Ubuntu Trusty (14.04 LTS)
`;

function debian(directory: string, port: number): string {
  return `debian:
  provider: my-scaleway-config
  image: debian_bookworm
  size: DEV1-S
  ssh_port: ${port}
  script: ${join(directory, 'setup.sh')}
`;
}
