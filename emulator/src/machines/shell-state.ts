import type { Process } from './processes.ts';
import type { User } from './users.ts';

/** Where a script's output goes. */
export interface Output {
  emit(stream: 1 | 2, data: Buffer): void;
  /** A job in the background writes there too: the output ends when that has ended. */
  heldBy(job: Process): void;
}

/** What one running script needs beyond its interpreter. */
export interface ShellState {
  /** True until the script itself has been parsed: only its own statements write live, not those it evaluates. */
  live: boolean;
  /** By condition: `EXIT`, `TERM` … */
  readonly traps: Map<string, string>;
  /** Source text of the functions that the script defines, for its background jobs and its EXIT trap. */
  functions: string;
  /** The variables at the moment of the last `exit`. */
  atExit: Record<string, string>;
  /** Names that stand for redirections that cannot be opened. */
  readonly refused: Set<string>;
  readonly jobs: Process[];
  /** The script is one simple command: a program that it starts takes over its process. */
  single: boolean;
  readonly output: Output;
}

export function newShellState(output: Output): ShellState {
  return {
    live: true,
    traps: new Map(),
    functions: '',
    atExit: {},
    refused: new Set(),
    jobs: [],
    single: false,
    output,
  };
}

/** One run of a shell script. */
export interface Script {
  readonly source: string;
  /** `$0` and the positional parameters. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Set in the script and not exported: what a subshell inherits. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Buffer;
  readonly output: Output;
}

/** Whose process a new shell is. `group` null makes a session of its own. */
export interface ShellSpec {
  readonly user: User;
  readonly parent: number;
  readonly group: number | null;
  readonly args: readonly string[];
  readonly umask?: number;
}

/** Runs shells on one machine. */
export interface Shells {
  /** In a process that is there already, to the end, EXIT trap included; gives the exit code. */
  run(process: Process, script: Script): Promise<number>;
  start(spec: ShellSpec, script: Script): Process;
}
