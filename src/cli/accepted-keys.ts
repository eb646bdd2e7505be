import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pemFinger } from '../lib/pem-finger.ts';
import type { Sink } from './base/context.ts';

/** Where Salt Cloud's users keep their configuration. */
export const SALT_DIR = '/etc/salt';

/**
 * The fingerprints of the minion keys that the Salt master on this computer accepted, by minion id. None where there is no
 * master; where its keys may not be read, that is said.
 */
export async function acceptedKeys(
  saltDir: string,
  names: readonly string[],
  stderr: Sink,
): Promise<Record<string, string>> {
  const folder = join(await pkiDir(saltDir), 'minions');
  const found: Record<string, string> = {};
  for (const name of names) {
    try {
      const fingerprint = pemFinger(readFileSync(join(folder, name), 'utf8'));
      if (fingerprint !== null) found[name] = fingerprint;
    } catch (error) {
      if (!isRefused(error)) continue;
      stderr.write(`warning: ${folder} may not be read: accepted minion keys are not recognised (run this as root)\n`);
      break;
    }
  }
  return found;
}

/** The master's own `pki_dir`, where its configuration says one. */
async function pkiDir(saltDir: string): Promise<string> {
  const usual = join(saltDir, 'pki', 'master');
  try {
    const { parse } = await import('yaml');
    const master: unknown = parse(readFileSync(join(saltDir, 'master'), 'utf8'));
    if (typeof master !== 'object' || master === null || !('pki_dir' in master)) return usual;
    return typeof master.pki_dir === 'string' ? resolve('/', master.pki_dir) : usual;
  } catch {
    return usual;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
