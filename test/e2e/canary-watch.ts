import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Scene } from './harness.ts';

/** What can only be seen while things happen. */
export interface Watch {
  /** Command lines of all processes of this computer, one a line. */
  commandLines(): string;
  /** User data that the cloud held at any time. */
  userData(): string;
  stop(): void;
}

export function watch(scene: Scene): Watch {
  const commandLines = new Set<string>();
  const userData = new Set<string>();
  const timer = setInterval(() => {
    for (const line of processes()) commandLines.add(line);
    for (const server of scene.emulator.admin.dump(false).servers) {
      for (const text of Object.values(server.userData)) userData.add(text);
    }
  }, 25);
  return {
    commandLines: () => [...commandLines].join('\n'),
    userData: () => [...userData].join('\n'),
    stop: () => clearInterval(timer),
  };
}

function processes(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

/** The bytes of all files under a folder whose path passes, each byte a character. */
export function filesUnder(folder: string, passes: (path: string) => boolean): string {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = paths.filter((path) => passes(path) && statSync(path).isFile());
  return files.map((path) => readFileSync(path, 'latin1')).join('\n');
}

/** The lines of an OpenSSH private key that hold its secret half and nothing that its public key shows. */
export function secretLines(privateKey: string): string[] {
  return privateKey.trim().split('\n').slice(3, -1);
}
