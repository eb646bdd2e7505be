import { SalternError } from '../core/error.ts';
import { ConstraintError } from './dialect.ts';

/** By SQLSTATE or class of it (https://www.postgresql.org/docs/15/errcodes-appendix.html), the longer match first. */
const BY_STATE: readonly (readonly [prefix: string, what: string, hint: string])[] = [
  ['53100', 'its disk is full', "Free space on the database server's disk."],
  ['53300', 'it has too many connections', 'Close other clients, or raise max_connections.'],
  ['40', 'another transaction was in the way', 'Try again.'],
  ['55P03', 'another transaction was in the way', 'Try again.'],
  ['57P', 'it is shutting down or starting', 'Try again when it is up.'],
  ['58', 'its disk failed', "Look at the database server's log."],
  ['53', 'it is out of resources', "Look at the database server's log."],
  ['08', 'the connection broke', 'Check that PostgreSQL runs and can be reached.'],
  ['28', 'it refuses our user or password', 'Check user and password in the database URL.'],
  ['3D000', 'that database does not exist', 'Create it, or correct the database URL.'],
];

/** An error of pg as one of ours; what is not about the database stays as it is. */
export function postgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SalternError) return error;
  const state = String(Reflect.get(error, 'code') ?? '');
  if (state.startsWith('23')) return new ConstraintError(error);
  const known = BY_STATE.find(([prefix]) => state.startsWith(prefix));
  if (known) return unavailable(error, known[1], known[2]);
  if ('severity' in error) return error;
  // It is not the server that speaks: the connection broke or never came.
  return unavailable(error, 'it cannot be reached', 'Check that PostgreSQL runs and that the database URL is right.');
}

function unavailable(error: Error, what: string, hint: string): SalternError {
  const message = `the PostgreSQL database is unavailable: ${what} (${error.message || String(Reflect.get(error, 'code'))})`;
  return new SalternError('unavailable', message, { hint, cause: error });
}
