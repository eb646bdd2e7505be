import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { SalternError, toSalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import { abortable } from './abortable.ts';
import { credentialsOf, offer } from './credentials.ts';
import { address, ConnectError, connectError, loginRefused, noShell, timedOut, wrongHostKey } from './errors.ts';
import { exec } from './exec.ts';
import { type HostKeyCheck, hostKeyCheck } from './host-key.ts';
import { keyOfBlob } from './keys.ts';

const KEEPALIVE_MS = 15_000;
const MARK = 'saltern';
/** Written by cloud-init at the end of each boot. */
const BOOT_FINISHED = '/var/lib/cloud/instance/boot-finished';

/** A verified and proven connection. */
export interface Connection {
  readonly client: Client;
  readonly where: string;
  readonly user: string;
  /** What it proved, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Whether cloud-init's mark that the boot has finished was there when the connection was made. */
  readonly booted: boolean;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
}

/** Opens the stream that SSH is spoken over; once per user, since SSH allows one user per connection. */
export type OpenStream = () => Promise<Duplex>;

export interface ConnectOptions {
  readonly open: OpenStream;
  /** A jump host need not run commands. */
  readonly needsShell: boolean;
  /** The user who ran a command on this machine before: proven once is enough. */
  readonly proven?: string | undefined;
  readonly signal: AbortSignal;
}

/** A TCP connection without Nagle's delay: with it, each command costs 45 ms (delayed ACK). */
export const openSocket = (target: SshTarget): OpenStream => {
  return async () => connectSocket({ host: target.host, port: target.port, noDelay: true });
};

/**
 * Connects as the first of the target's users who is let in and can run commands. Rejects with a ConnectError that tells
 * refused, unreachable, timed out, closed, wrong host key and unauthorised apart.
 */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<Connection> {
  credentialsOf(target, '');
  if (target.users.length === 0) throw new SalternError('invalid', `no user to log in as at ${address(target)}`);
  const check = hostKeyCheck(target);
  let shellless: ConnectError | null = null;
  for (const user of target.users) {
    try {
      return await attempt(target, user, check, options);
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (error.failure === 'no-shell') shellless = error;
      else if (error.failure !== 'login-refused') throw error;
    }
  }
  throw shellless ?? loginRefused(target, target.users);
}

/** One connection on its way, as one user. */
interface Attempt {
  readonly target: SshTarget;
  readonly user: string;
  readonly check: HostKeyCheck;
  /** Aborts when the time is over, or the whole is not wanted any more. */
  readonly limit: AbortSignal;
}

async function attempt(
  target: SshTarget,
  user: string,
  check: HostKeyCheck,
  { open, needsShell, proven, signal }: ConnectOptions,
): Promise<Connection> {
  signal.throwIfAborted();
  const client = new ssh2.Client();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(target.connectTimeoutMs)]);
  const attempt = { target, user, check, limit };
  try {
    const stream = await abortable(open(), limit);
    const hostKey = await handshake(client, stream, attempt);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const connection = { client, where: address(target), user, hostKey, booted: false, closed };
    if (!needsShell || user === proven) return connection;
    return { ...connection, booted: await proveShell(connection, attempt) };
  } catch (error) {
    client.destroy();
    if (signal.aborted) throw signal.reason;
    if (error instanceof ConnectError) throw error;
    throw limit.aborted ? timedOut(target, 'connect') : connectError(target, toSalternError(error));
  }
}

/** Speaks SSH up to the login; returns the host key that was proven. */
function handshake(client: Client, stream: Duplex, { target, user, check, limit }: Attempt): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen: string | null = null;
    let proven = false;
    const late = () => {
      stream.destroy();
      reject(timedOut(target, seen === null ? 'connect' : 'handshake'));
    };
    limit.addEventListener('abort', late, { once: true });
    client.on('handshake', () => {
      proven = true;
    });
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'client-authentication') reject(loginRefused(target, [user]));
      else if (proven || check.expected === null) reject(connectError(target, error));
      else if (seen !== null && !check.accepts(seen)) reject(wrongHostKey(target, seen, check.expected));
      else if (error.message.includes('host key format')) reject(wrongHostKey(target, null, check.expected));
      else reject(connectError(target, error));
    });
    client.on('close', () => reject(connectError(target, new Error('the connection was closed'))));
    client.on('ready', () => {
      limit.removeEventListener('abort', late);
      if (seen !== null) resolve(seen);
    });
    client.connect({
      sock: stream,
      username: user,
      authHandler: offer(credentialsOf(target, user)),
      hostVerifier: (key: Buffer) => {
        seen = keyOfBlob(key);
        return check.accepts(seen);
      },
      algorithms: { serverHostKey: check.algorithms },
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: 3,
    });
  });
}

/**
 * Some images let root in only to say "Please login as the user ubuntu" and to sleep (cloud-init's disable_root), so a
 * login counts when a command runs and its words come first. Tells by the same command, which any login shell understands,
 * whether the boot has finished.
 */
async function proveShell(connection: Connection, { target, limit }: Attempt): Promise<boolean> {
  let said = '';
  // sshd itself may complain there, of a home that does not exist for one: that forbids nothing.
  let complained = '';
  await new Promise<void>((resolve, reject) => {
    const wrong = () => reject(noShell(target, connection.user, firstLine(said || complained)));
    exec(connection.client, {
      command: `echo ${MARK}; ls ${BOOT_FINISHED}`,
      stdin: '',
      where: connection.where,
      signal: limit,
      onData: (stream, data) => {
        if (stream === 'stderr') complained += data.toString();
        else said += data.toString();
        if (!`${MARK}\n`.startsWith(said.slice(0, MARK.length + 1))) wrong();
      },
    }).then(() => (said.startsWith(`${MARK}\n`) ? resolve() : wrong()), reject);
  });
  return said.trim() === `${MARK}\n${BOOT_FINISHED}`;
}

function firstLine(text: string): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return line.replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 160);
}
