import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import type { Log } from '../lib/log.ts';
import { abortable } from './abortable.ts';
import { type Connection, connect, type OpenStream, openSocket } from './connection.ts';
import { forwardError } from './errors.ts';
import { ChannelError } from './exec.ts';
import { hostKeyCheck } from './host-key.ts';
import { createSlots } from './slots.ts';

const IDLE_MS = 60_000;
const GOODBYE_MS = 1_000;
/** OpenSSH allows ten sessions on a connection (MaxSessions); two are left to others. */
const SESSIONS = 8;
/** A session that has ended is counted by sshd a little longer; others may use the machine's limit too. */
const FULL_PAUSE_MS = 50;
const FULL_TRIES = 100;

/** One connection per machine, shared by all who speak to it at the same time. */
export interface Pool {
  /**
   * Runs work on the machine's connection, which is made when there is none (then it is `fresh`). Once more when an old one
   * turns out dead.
   */
  use<T>(
    target: SshTarget,
    signal: AbortSignal,
    work: (connection: Connection, fresh: boolean) => Promise<T>,
  ): Promise<T>;
  /** Closes the machine's connection, if any; the next use makes a new one. */
  drop(machine: string): void;
  /** The same, and nothing is remembered of the machine. */
  forget(machine: string): void;
  close(): void;
}

interface Entry {
  readonly target: SshTarget;
  readonly connecting: Promise<Connection>;
  readonly slot: ReturnType<typeof createSlots>;
  /** Set when no new work shall come: it ends with its last user. */
  retired: boolean;
  users: number;
  idle: NodeJS.Timeout | null;
}

interface Held {
  readonly entry: Entry;
  readonly connection: Connection;
  /** Made for this holder: a failure is not one of old age. */
  readonly fresh: boolean;
}

export function createPool(deps: { readonly log: Log; readonly idleMs?: number }): Pool {
  return new SshPool(deps.log, deps.idleMs ?? IDLE_MS);
}

class SshPool implements Pool {
  readonly #log: Log;
  readonly #idleMs: number;
  readonly #entries = new Map<string, Entry>();
  /** With those that take no new work but still have some. */
  readonly #live = new Set<Entry>();
  /** Who was let in last time, to be tried first. */
  readonly #users = new Map<string, string>();
  readonly #closing = new AbortController();

  constructor(log: Log, idleMs: number) {
    this.#log = log;
    this.#idleMs = idleMs;
  }

  async use<T>(
    target: SshTarget,
    signal: AbortSignal,
    work: (connection: Connection, fresh: boolean) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const { entry, connection, fresh } = await this.#hold(target, signal);
      try {
        return await entry.slot(() => work(connection, fresh));
      } catch (error) {
        if (!(error instanceof ChannelError) || tries > FULL_TRIES || (fresh && !error.full)) throw error;
        if (!error.full) this.#retire(entry);
        else await abortable(sleep(FULL_PAUSE_MS), signal);
      } finally {
        this.#release(entry);
      }
    }
  }

  forget(machine: string): void {
    this.#users.delete(machine);
    this.drop(machine);
  }

  drop(machine: string): void {
    const entry = this.#entries.get(machine);
    if (!entry) return;
    this.#retire(entry);
    hangUp(entry);
  }

  close(): void {
    this.#closing.abort(new SalternError('cancelled', 'the controller closes its SSH connections'));
    for (const entry of this.#live) hangUp(entry);
  }

  async #hold(target: SshTarget, signal: AbortSignal, needsShell = true): Promise<Held> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const present = this.#entries.get(target.machine);
      const entry = present ?? this.#open(target, needsShell);
      this.#take(entry);
      let held: Held | null = null;
      try {
        const connection = await abortable(entry.connecting, signal);
        if (suits(connection, entry.target, target)) held = { entry, connection, fresh: !present };
        if (held) return held;
      } catch (error) {
        // Another caller's attempt may have failed for what is different in its target.
        if (signal.aborted || !present || isDeepStrictEqual(entry.target, target)) throw error;
      } finally {
        if (!held) this.#release(entry);
      }
      this.#retire(entry);
    }
  }

  #open(target: SshTarget, needsShell: boolean): Entry {
    const connecting = this.#dial(target, needsShell);
    const entry: Entry = { target, connecting, slot: createSlots(SESSIONS), retired: false, users: 0, idle: null };
    this.#entries.set(target.machine, entry);
    this.#live.add(entry);
    const gone = connecting.then((connection) => {
      this.#users.set(target.machine, connection.user);
      this.#log.debug({ machine: target.machine, at: connection.where, user: connection.user }, 'ssh connected');
      return connection.closed;
    });
    const forget = () => {
      this.#retire(entry);
      this.#live.delete(entry);
    };
    gone.then(forget, forget);
    return entry;
  }

  async #dial(wanted: SshTarget, needsShell: boolean): Promise<Connection> {
    const known = this.#users.get(wanted.machine);
    const users = [...wanted.users].sort((a, b) => Number(b === known) - Number(a === known));
    const target = { ...wanted, users };
    const options = { needsShell, proven: known, signal: this.#closing.signal };
    if (!target.jump) return connect(target, { ...options, open: openSocket(target) });
    const jump = await this.#hold(target.jump, this.#closing.signal, false);
    try {
      const connection = await connect(target, { ...options, open: through(jump.connection, target) });
      connection.closed.then(() => this.#release(jump.entry));
      return connection;
    } catch (error) {
      this.#release(jump.entry);
      throw error;
    }
  }

  #take(entry: Entry): void {
    entry.users += 1;
    if (entry.idle) clearTimeout(entry.idle);
    entry.idle = null;
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.retired) hangUp(entry);
    else entry.idle = setTimeout(() => this.#retire(entry), this.#idleMs).unref();
  }

  #retire(entry: Entry): void {
    entry.retired = true;
    if (this.#entries.get(entry.target.machine) === entry) this.#entries.delete(entry.target.machine);
    if (entry.users === 0) hangUp(entry);
  }
}

/** Says goodbye; who does not answer it is cut off. */
function hangUp(entry: Entry): void {
  const goodbye = ({ client }: Connection) => {
    client.end();
    setTimeout(() => client.destroy(), GOODBYE_MS).unref();
  };
  entry.connecting.then(goodbye, () => {});
}

/** Whether a connection made for one target is just as good for another: same place, accepted key, wanted user. */
function suits(connection: Connection, made: SshTarget, wanted: SshTarget): boolean {
  return (
    made.host === wanted.host &&
    made.port === wanted.port &&
    made.privateKey === wanted.privateKey &&
    wanted.users.includes(connection.user) &&
    isDeepStrictEqual(made.jump, wanted.jump) &&
    hostKeyCheck(wanted).accepts(connection.hostKey)
  );
}

function through(jump: Connection, target: SshTarget): OpenStream {
  return () =>
    new Promise<Duplex>((resolve, reject) => {
      jump.client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, stream) =>
        error ? reject(forwardError(target, jump.where, error)) : resolve(stream),
      );
    });
}
