import type { FileSystem } from './file-system.ts';
import type { Credentials } from './inode.ts';
import type { User } from './users.ts';

/** How a process ended: by itself with a code, or by a signal. */
export type Exit = { readonly code: number; readonly signal: null } | { readonly code: null; readonly signal: Signal };

export type Signal = 'HUP' | 'INT' | 'QUIT' | 'KILL' | 'TERM';

const SIGNALS: Readonly<Record<string, Signal>> = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 9: 'KILL', 15: 'TERM' };
const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };

/** `TERM`, `SIGTERM` and `15` are the same; null for signals that end nothing here. */
export function toSignal(text: string): Signal | null {
  const name = SIGNALS[text] ?? text.toUpperCase().replace(/^SIG/, '');
  return Object.values(SIGNALS).find((signal) => signal === name) ?? null;
}

/** As a shell reports it in `$?`. */
export function exitCode(exit: Exit): number {
  return exit.signal === null ? exit.code : 128 + SIGNAL_NUMBERS[exit.signal];
}

export interface ProcessSpec {
  readonly parent: number;
  /** Group to join; null makes a group (and a session) of its own. */
  readonly group: number | null;
  readonly user: User;
  readonly who: Credentials;
  readonly args: readonly string[];
}

export interface Process extends Omit<ProcessSpec, 'group' | 'args'> {
  readonly pid: number;
  group: number;
  args: readonly string[];
  readonly startedAt: number;
  /** Aborted when a signal ends the process. */
  readonly killed: AbortSignal;
  readonly exit: Promise<Exit>;
}

/** The processes of one running machine, also shown as /proc/PID. */
export class ProcessTable {
  readonly #files: FileSystem;
  readonly #now: () => number;
  readonly #running = new Map<number, { process: Process; end: (exit: Exit) => void }>();
  #lastPid: number;
  #off = false;

  constructor(files: FileSystem, now: () => number, firstPid: number) {
    this.#files = files;
    this.#now = now;
    this.#lastPid = firstPid;
  }

  /** Starts a process that lives until `body` has ended or a signal ends it. */
  start(spec: ProcessSpec, body: (process: Process) => Promise<number>): Process {
    this.#lastPid += 1;
    const pid = this.#lastPid;
    const abort = new AbortController();
    const ended = Promise.withResolvers<Exit>();
    const process: Process = {
      ...spec,
      pid,
      group: spec.group ?? pid,
      startedAt: this.#now(),
      killed: abort.signal,
      exit: ended.promise,
    };
    const end = (exit: Exit) => {
      if (!this.#running.delete(pid)) return;
      this.#files.remove(`/proc/${pid}`, undefined, { recursive: true, force: true });
      ended.resolve(exit);
      if (exit.signal !== null) abort.abort();
    };
    this.#running.set(pid, { process, end });
    this.#show(process);
    const run = async () => {
      try {
        end({ code: await body(process), signal: null });
      } catch (error) {
        if (!abort.signal.aborted) console.error(`emulated process ${spec.args.join(' ')}:`, error);
        end({ code: 1, signal: null });
      }
    };
    if (this.#off) this.kill(process, 'KILL');
    else void run();
    return process;
  }

  /** As exec(2): the process goes on as another program. */
  become(process: Process, args: readonly string[]): void {
    process.args = args;
    this.#show(process);
  }

  list(): Process[] {
    return [...this.#running.values()].map(({ process }) => process);
  }

  /** The processes that kill(2) means: one by its id, or a whole group by its negative id. */
  select(id: number): Process[] {
    return this.list().filter((process) => (id < 0 ? process.group === -id : process.pid === id));
  }

  kill(process: Process, signal: Signal): void {
    this.#running.get(process.pid)?.end({ code: null, signal });
  }

  /** Everything ends at once, and nothing begins any more. */
  powerOff(): void {
    this.#off = true;
    for (const process of this.list()) this.kill(process, 'KILL');
  }

  #show(process: Process): void {
    const { pid, parent, args } = process;
    const name = args[0]?.split('/').at(-1) ?? '';
    const ticks = Math.floor(process.startedAt / 10);
    this.#files.install(`/proc/${pid}/cmdline`, `${args.join('\0')}\0`);
    this.#files.install(`/proc/${pid}/comm`, `${name}\n`);
    const fields = [process.group, process.group, 0, -1, ...Array(11).fill(0), 1, 0, ticks];
    this.#files.install(`/proc/${pid}/stat`, `${pid} (${name}) S ${parent} ${fields.join(' ')}\n`);
    this.#files.chown(`/proc/${pid}`, process.user.uid, process.user.gid);
  }
}

/** Waits, unless the signal comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(done, ms);
  signal.addEventListener('abort', done, { once: true });
  function done() {
    clearTimeout(timer);
    signal.removeEventListener('abort', done);
    resolve();
  }
  return promise;
}
