import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'saltern');

/** Why Ansible cannot be used here, also printed; null when it can. With CI_DEEP=1 it has to. */
export function ansibleMissing(): string | null {
  // Ansible wants a home of the user's own to write to, whatever it is asked.
  const home = mkdtempSync(join(tmpdir(), 'saltern-ansible-'));
  const asked = spawnSync('ansible-inventory', ['--version'], { env: { ...process.env, HOME: home } });
  rmSync(home, { recursive: true, force: true });
  if (process.env['CI_DEEP'] === '1' || asked.status === 0) return null;
  const reason = 'ansible is not installed (Debian: ansible-core)';
  console.warn(`SKIPPED, tests with real Ansible: ${reason}`);
  return reason;
}

/** The two lines that the help tells of. */
export async function inventoryScript(home: string, options: readonly string[] = []): Promise<string> {
  const file = join(home, 'hosts.sh');
  const words = [process.execPath, LAUNCHER, 'inventory', ...options].map((word) => `'${word}'`).join(' ');
  await writeFile(file, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return file;
}

/** Runs one of Ansible's commands with a home of its own and the inventory of the controller that lives there. */
export function ansible(command: 'ansible' | 'ansible-inventory', args: readonly string[], home: string) {
  // No connection is kept: a later test would go through it without a look at the host key.
  const own = { HOME: home, SALTERN_HOME: home, ANSIBLE_HOME: home, ANSIBLE_SSH_ARGS: '-C', LC_ALL: 'C.UTF-8' };
  return run(command, [...args], { env: { PATH: process.env['PATH'], ...own } });
}
