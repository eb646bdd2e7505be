import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SalternError } from '../core/error.ts';
import { hasCode } from './files.ts';

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Makes this process the one controller of a data directory; `conflict`, naming the other's pid, when there is one.
 *
 * Held by an exclusive SQLite transaction on a file of its own: the system's file locks, without a native module of
 * ours. The system drops them when the process ends in whatever way, so a lock is never stale. The pid file beside is
 * only for the message (the lock file itself cannot be read meanwhile: closing it would drop the lock, see fcntl(2)).
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  const pidFile = join(dir, 'controller.pid');
  const lock = openLock(dir);
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!hasCode(error, 'SQLITE_BUSY')) throw unusable(dir, error);
    throw new SalternError('conflict', `another controller (pid ${readPid(pidFile)}) has the data directory ${dir}`, {
      hint: 'Use that one, stop it with `saltern stop`, or name another data directory.',
      cause: error,
    });
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (error) {
    lock.close();
    throw unusable(dir, error);
  }
  return { release: async () => void lock.close() };
}

function openLock(dir: string): Database.Database {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new Database(join(dir, 'controller.lock'), { timeout: 0 });
  } catch (error) {
    throw unusable(dir, error);
  }
}

function unusable(dir: string, cause: unknown): SalternError {
  return new SalternError('unavailable', `the data directory ${dir} cannot be used: ${String(cause)}`, {
    hint: 'Check its owner and mode, and that its disk is neither full nor read-only.',
    cause,
  });
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
