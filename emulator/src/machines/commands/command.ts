import type { CommandContext } from 'just-bash';
import type { Machine } from '../machine.ts';
import type { Process } from '../processes.ts';
import type { ShellState } from '../shell-state.ts';

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly stdoutKind?: 'text' | 'bytes';
}

/** Where a command runs. */
export interface Io {
  readonly machine: Machine;
  /** The shell process that calls it. */
  readonly process: Process;
  readonly state: ShellState;
  readonly context: CommandContext;
}

/** A program of the machine; `args` without its name. */
export type Body = (args: readonly string[], io: Io) => Result | Promise<Result>;
export type Commands = Readonly<Record<string, Body>>;

export function ok(stdout = ''): Result {
  return { stdout, stderr: '', exitCode: 0 };
}

/** `message` goes to standard error with a line end. */
export function fail(message: string, exitCode = 1): Result {
  return { stdout: '', stderr: message === '' ? '' : `${message}\n`, exitCode };
}

export function lines(list: readonly string[]): Result {
  return ok(list.map((line) => `${line}\n`).join(''));
}

/** A program that refuses to work for others than root. */
export function onlyRoot(name: string, body: Body): Body {
  return (args, io) => (io.process.who.uid === 0 ? body(args, io) : fail(`${name}: Permission denied (are you root?)`));
}

export interface Options {
  /** By option name without dashes; flags without a value are `''`. */
  readonly given: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/**
 * Splits arguments as getopt(3) does. `withValue` names the options that take one: `['o', 'group']`. Options end at `--` and,
 * with `stopAtOperand`, at the first operand.
 */
export function parseOptions(
  args: readonly string[],
  withValue: readonly string[] = [],
  stopAtOperand = false,
): Options {
  const given = new Map<string, string>();
  const rest: string[] = [];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') break;
    if (arg.startsWith('--')) {
      const [name = '', value] = arg.slice(2).split(/=(.*)/s);
      given.set(name, value ?? (withValue.includes(name) ? (queue.shift() ?? '') : ''));
    } else if (arg.startsWith('-') && arg !== '-') {
      readShort(arg.slice(1), withValue, given, queue);
    } else {
      rest.push(arg);
      if (stopAtOperand) break;
    }
  }
  return { given, rest: [...rest, ...queue] };
}

function readShort(letters: string, withValue: readonly string[], given: Map<string, string>, queue: string[]): void {
  for (const [index, letter] of [...letters].entries()) {
    if (withValue.includes(letter)) {
      given.set(letter, letters.slice(index + 1) || (queue.shift() ?? ''));
      return;
    }
    given.set(letter, '');
  }
}

/** A word that a shell reads back as it is. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Standard input as it came, byte for byte. */
export function stdin(io: Io): Buffer {
  return Buffer.from(io.context.stdin as unknown as string, 'latin1');
}

/** The variables that the calling shell exports, without ours. */
export function exported(io: Io): Record<string, string> {
  const entries = Object.entries(io.context.exportedEnv ?? {});
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('__')));
}

/** A path argument as an absolute path. */
export function absolute(io: Io, path: string): string {
  return io.context.fs.resolvePath(io.context.cwd, path);
}

/** What a failed system call says, without the call: `Permission denied`. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = /^E[A-Z]+: ([^,]*)/.exec(message)?.[1] ?? message;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
