import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Client } from '../../client/client.ts';
import { CliError } from '../base/errors.ts';
import type { Host } from './host.ts';

/** Writes a file whole or not at all: whoever reads it at the same moment sees the old one or the new one. */
export function writeWhole(file: string, text: string, mode: number): void {
  if (contentOf(file) === text) return;
  const beside = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, text, { mode });
    renameSync(beside, file);
  } catch (thrown) {
    rmSync(beside, { force: true });
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CliError('invalid', `${file} cannot be written: ${reason}`);
  }
}

/** Puts the controller's login key into a file that only its owner may read. Another key that lies there is never replaced. */
export async function writeIdentity(client: Client, file: string, [host]: readonly Host[]): Promise<void> {
  const present = contentOf(file);
  const comment = `saltern ${client.controller()?.installation}`;
  // The key never changes and names its installation: what is there is not asked for, and noted in the history, again.
  if (present !== null && Buffer.from(present.replace(/-----[^-]*-----|\s/g, ''), 'base64').includes(comment)) return;
  if (!host) return;
  const params = { machine: host.id };
  const { privateKey } = await client.request('GET', '/v1/machines/{machine}/ssh', { params });
  if (privateKey === null) {
    throw new CliError('forbidden', "the controller's login key is for administrators only", {
      hint: 'Leave --identity out and log in with your own key: `ssh.authorized_keys` of the profile puts it there.',
    });
  }
  if (present !== null && present.trim() !== privateKey.trim()) {
    throw new CliError('conflict', `${file} is there and is not this controller's key`, {
      hint: 'Name a file that does not exist yet.',
    });
  }
  writeWhole(file, `${privateKey.trim()}\n`, 0o600);
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
