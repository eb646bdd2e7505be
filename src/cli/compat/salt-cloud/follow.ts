import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../client/client.ts';
import { ApiError } from '../../../client/error.ts';
import { type ErrorRecord, EXIT_CODES, type OperationDetail } from '../../../client/generated.ts';
import { CliError } from '../../base/errors.ts';
import type { Session } from './session.ts';
import { openStatusLine, type StatusLine } from './status-line.ts';

const POLL_MS = 250;
const ENDED = ['succeeded', 'failed', 'cancelled'];
/** How long a controller may be away, ms. */
const RESTART_MS = 60_000;

/** How an operation ended, machine by machine. */
export interface Ended {
  /** Why the machine of this id came to no good end; null when it did. */
  readonly failureOf: (machine: string) => ErrorRecord | null;
  /** Exit code. */
  readonly code: number;
}

/** Follows an operation to its end; each step of each machine is one INFO line. Ctrl-C leaves it: it goes on alone. */
export async function followed(session: Session, client: Client, id: string): Promise<Ended> {
  const { log } = session;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  const told = new Set<string>();
  const line = openStatusLine(session);
  try {
    for (;;) {
      const operation = await patiently(session, line, () =>
        client.request('GET', '/v1/operations/{operation}', { params: { operation: id } }),
      );
      tell(operation, told, log.info);
      line.show(operation);
      if (ENDED.includes(operation.status)) return endOf(operation);
      await sleep(POLL_MS, null, { signal: interrupted.signal }).catch(() => {});
      if (interrupted.signal.aborted) throw left(id);
    }
  } finally {
    line.clear();
    process.removeListener('SIGINT', interrupt);
  }
}

function left(id: string): CliError {
  const hint = `Follow it: saltern operation wait ${id}; end it: saltern operation cancel ${id}`;
  return new CliError('cancelled', 'The operation goes on without you.', { hint });
}

/** A controller that is being restarted goes on with the operation: it is waited for. */
async function patiently<T>({ log }: Session, line: StatusLine, ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + RESTART_MS;
  for (let first = true; ; first = false) {
    try {
      return await ask();
    } catch (error) {
      const gone = error instanceof ApiError && error.status === null && error.code === 'unavailable';
      if (!gone || Date.now() > deadline) throw error;
      line.clear();
      if (first) log.warning('the controller does not answer; waiting for it to come back');
      await sleep(POLL_MS);
    }
  }
}

function tell(operation: OperationDetail, told: Set<string>, say: (text: string) => void): void {
  for (const child of operation.children) {
    const name = child.entityName ?? child.entity ?? child.id;
    const ended = ENDED.includes(child.status);
    const what = ended ? child.status : (child.step?.name ?? null);
    if (what === null || told.has(`${child.id} ${what}`)) continue;
    told.add(`${child.id} ${what}`);
    say(`${name}: ${what === 'succeeded' ? 'done' : what}`);
  }
}

/** A machine of which nothing was begun has no child: then the whole operation's error is its own. */
function endOf({ status, error, children, id }: OperationDetail): Ended {
  const cancelled: ErrorRecord = { code: 'cancelled', message: `operation ${id} was cancelled` };
  const why = error ?? cancelled;
  const byMachine = new Map(children.map((child) => [machineOf(child.entity), child]));
  const failureOf = (machine: string) => {
    const child = byMachine.get(machine);
    if ((child?.status ?? status) === 'succeeded') return null;
    return child?.error ?? why;
  };
  return { failureOf, code: status === 'succeeded' ? 0 : EXIT_CODES[why.code] };
}

function machineOf(entity: string | null): string {
  return entity?.replace(/^machine\//, '') ?? '';
}

/** An error as the answer's data shows it. */
export function errorData({ message, hint }: { readonly message: string; readonly hint?: string | null }) {
  return { Error: hint ? `${message.replace(/\.$/, '')}. ${hint}` : message };
}
