import type { Client, ClientChannel } from 'ssh2';
import { SalternError } from '../core/error.ts';

export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Exec {
  /** Stands in the machine's process list: never with anything of a caller's in it. */
  readonly command: string;
  readonly stdin: string | Uint8Array;
  /** Whom the connection goes to, for messages. */
  readonly where: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  onData(stream: 'stdout' | 'stderr', data: Buffer): void;
}

/** The channel was not opened: nothing has run. */
export class ChannelError extends SalternError {
  /** The other side lives and declined: it has all the sessions it allows. Else the connection is dead. */
  readonly full: boolean;

  constructor(where: string, cause: unknown) {
    super('unavailable', `the SSH connection to ${where} takes no command`, {
      hint: 'The connection broke, or MaxSessions in its sshd_config is reached. Try again.',
      cause,
    });
    // The reason codes of RFC 4254, section 5.1.
    this.full = cause instanceof Error && 'reason' in cause && typeof cause.reason === 'number';
  }
}

/** One command on an open connection. Rejects when it was cut, timed out or aborted; any exit code resolves. */
export function exec(client: Client, request: Exec): Promise<Exit> {
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted) return reject(request.signal.reason);
    try {
      client.exec(request.command, (error, channel) => {
        if (error) return reject(new ChannelError(request.where, error));
        attend(channel, request).then(resolve, reject);
      });
    } catch (error) {
      reject(new ChannelError(request.where, error));
    }
  });
}

function attend(channel: ClientChannel, request: Exec): Promise<Exit> {
  return new Promise((resolve, reject) => {
    let exit: Exit | null = null;
    const end = (error: unknown) => {
      channel.close();
      reject(error);
    };
    const abort = () => end(request.signal?.reason);
    const timer = request.timeoutMs === undefined ? null : setTimeout(() => end(late(request)), request.timeoutMs);
    request.signal?.addEventListener('abort', abort, { once: true });
    channel.on('data', (data: Buffer) => request.onData('stdout', data));
    channel.stderr.on('data', (data: Buffer) => request.onData('stderr', data));
    channel.on('exit', (code: number | null, signal?: string) => {
      exit = { code, signal: signal ?? null };
    });
    // What it does not read any more is its own business: the exit code tells.
    channel.on('error', () => {});
    channel.on('close', () => {
      if (timer) clearTimeout(timer);
      request.signal?.removeEventListener('abort', abort);
      if (exit) resolve(exit);
      else reject(cut(request.where));
    });
    channel.end(request.stdin);
  });
}

function cut(where: string): SalternError {
  return new SalternError('unavailable', `the SSH connection to ${where} was cut while a command ran`, {
    hint: 'The command may have had its effect. See whether the machine rebooted.',
    ambiguous: true,
  });
}

function late(request: Exec): SalternError {
  return new SalternError('timeout', `a command on ${request.where} did not end within ${request.timeoutMs} ms`, {
    hint: 'See what the machine is busy with, or allow more time.',
    ambiguous: true,
  });
}
