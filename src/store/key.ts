import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SalternError } from '../core/error.ts';
import { hasCode, sync, writePrivate } from './files.ts';

const KEY_BYTES = 32;

export interface KeyOptions {
  /** Where the key lies when the environment has none. Made, with mode 0600, when it does not exist. */
  readonly file: string;
  /** `SALTERN_KEY`, 64 hexadecimal digits or base64 of 32 bytes, comes before the file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** While this database file exists no new key is made: it could not open the secrets in there. */
  readonly database?: string;
}

/** The key that the store's secrets are encrypted with, 32 bytes. `invalid` when there is none that can be used. */
export async function loadKey({ file, env, database }: KeyOptions): Promise<Buffer> {
  const given = env['SALTERN_KEY'];
  if (given) return parseKey(given, 'SALTERN_KEY');
  if (!existsSync(file)) {
    if (database !== undefined && existsSync(database)) {
      throw new SalternError('invalid', `the key file ${file} is missing, and the database ${database} needs it`, {
        hint: 'Put the key file back or set SALTERN_KEY. If the key is lost, so are the secrets: move the database away to begin anew.',
      });
    }
    makeKey(file);
  }
  const mode = statSync(file).mode & 0o777;
  if (mode & 0o077) {
    throw new SalternError('invalid', `others may read the key file ${file} (mode ${mode.toString(8)})`, {
      hint: `Run: chmod 600 ${file}. If others may have read it, change the secrets that the store holds.`,
    });
  }
  return parseKey(readFileSync(file, 'utf8'), `the key file ${file}`);
}

function parseKey(text: string, where: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new SalternError('invalid', `${where} does not hold a key of ${KEY_BYTES} bytes`, {
    hint: 'A key is 64 hexadecimal digits, or 44 characters of base64: openssl rand -base64 32',
  });
}

/** Written beside and linked, so that nobody ever reads half a key and of two makers one wins. */
function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writePrivate(beside, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    linkSync(beside, file);
    sync(dirname(file));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unwritable(file, error);
  } finally {
    rmSync(beside, { force: true });
  }
}

function unwritable(file: string, cause: unknown): SalternError {
  return new SalternError('unavailable', `the key file ${file} cannot be written: ${String(cause)}`, {
    hint: 'Check that you may write in its directory and that its disk is not full.',
    cause,
  });
}
