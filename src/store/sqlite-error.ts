import Database from 'better-sqlite3';
import { SalternError } from '../core/error.ts';
import { ConstraintError } from './dialect.ts';
import { hasCode } from './files.ts';

/** What to do about a database file that cannot be used now, by SQLite's result code (https://www.sqlite.org/rescode.html). */
const UNAVAILABLE: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  SQLITE_BUSY: ['is locked by another process', 'End the other process that has it open, then try again.'],
  SQLITE_LOCKED: ['is locked', 'Try again.'],
  SQLITE_FULL: ['cannot grow: the disk is full', 'Free space on its disk; nothing that was acknowledged is lost.'],
  SQLITE_IOERR: ['cannot be read or written', "Look at its disk and at the system's log (dmesg)."],
  SQLITE_CANTOPEN: ['cannot be opened', 'Check that its directory exists and that you may write there.'],
  SQLITE_READONLY: ['cannot be written', 'Check its owner and mode, and whether its disk is mounted read-only.'],
  SQLITE_PERM: ['may not be accessed', 'Check its owner and mode.'],
  SQLITE_CORRUPT: ['is damaged', 'Restore a backup: saltern restore.'],
  SQLITE_NOTADB: ['is not an SQLite database', 'Name another file, or restore a backup: saltern restore.'],
};

/** An error of better-sqlite3, or of making its file, as one of ours; what is not about the database stays as it is. */
export function sqliteError(error: unknown, file: string): unknown {
  const code = resultCode(error);
  if (!(error instanceof Error) || code === null) return error;
  if (code === 'SQLITE_CONSTRAINT') return new ConstraintError(error);
  const known = UNAVAILABLE[code];
  if (!known) return error;
  const [what, hint] = known;
  return new SalternError('unavailable', `the database ${file} ${what} (${error.message})`, { hint, cause: error });
}

/** SQLite's primary result code; what the system refused before SQLite came to it counts alike. Null for other errors. */
function resultCode(error: unknown): string | null {
  if (error instanceof Database.SqliteError) return /^SQLITE_[A-Z]+/.exec(error.code)?.[0] ?? null;
  if (hasCode(error, 'ENOSPC')) return 'SQLITE_FULL';
  return error instanceof Error && 'syscall' in error ? 'SQLITE_CANTOPEN' : null;
}
