import type { Bash } from 'just-bash';
import { bundled, commandsFor } from './commands/registry.ts';
import type { Machine } from './machine.ts';
import { processFiles } from './process-files.ts';
import { type Process, pause } from './processes.ts';
import { newShellState, type Output, type Script, type ShellState, type Shells } from './shell-state.ts';
import { prepare } from './transform.ts';
import { credentialsOf } from './users.ts';

const SHELL_LIMITS = { maxCommandCount: 1_000_000, maxLoopIterations: 1_000_000, maxExecutionTimeMs: 24 * 3_600_000 };

/** The shells of one machine. */
export function createShells(machine: () => Machine): Shells {
  const run: Shells['run'] = (process, script) => runScript(machine(), process, script);
  return {
    run,
    start({ user, parent, group, args, umask }, script) {
      const { files, processes } = machine();
      const who = { ...credentialsOf(files, user), umask: umask ?? 0o022 };
      return processes.start({ user, who, parent, group, args }, (process) => run(process, script));
    },
  };
}

function positional(args: readonly string[]): Record<string, string> {
  const [name = 'sh', ...rest] = args;
  const joined = rest.join(' ');
  const numbered = Object.fromEntries(rest.map((arg, index) => [String(index + 1), arg]));
  return { ...numbered, 0: name, '#': String(rest.length), '@': joined, '*': joined };
}

async function runScript(machine: Machine, process: Process, script: Script): Promise<number> {
  const { Bash, serialize } = await import('just-bash');
  const state = newShellState(script.output);
  const emit: Output['emit'] = (stream, data) => {
    if (!process.killed.aborted) script.output.emit(stream, data);
  };
  const bash: Bash = new Bash({
    fs: processFiles(machine.files, process, state.refused, emit),
    env: { ...script.env, PWD: script.cwd },
    cwd: script.cwd,
    defenseInDepth: false,
    executionLimits: SHELL_LIMITS,
    processInfo: { pid: process.pid, ppid: process.parent, uid: process.who.uid, gid: process.who.gid },
    sleep: (ms) => pause(ms, process.killed),
    commands: bundled,
    customCommands: commandsFor(machine, process, state),
  });
  bash.registerTransformPlugin({ name: 'machine', transform: ({ ast }) => ({ ast: prepare(ast, state, serialize) }) });
  const run = async (source: string, variables: Record<string, string>, cwd: string) => {
    state.live = true;
    const result = await exec(bash, source, {
      rawScript: true,
      cwd,
      env: variables,
      stdin: script.stdin.toString('latin1'),
      stdinKind: 'bytes',
      signal: process.killed,
    });
    if (result.stdout) emit(1, Buffer.from(result.stdout));
    if (result.stderr) emit(2, Buffer.from(result.stderr));
    return result;
  };
  const first = await run(script.source, { ...script.variables, ...positional(script.args) }, script.cwd);
  return runExitTrap(state, first, (source, env) => run(source, env, env['PWD'] ?? script.cwd));
}

/** The interpreter throws where a file cannot be written after all: for a script that is a failure like any other. */
async function exec(bash: Bash, ...args: Parameters<Bash['exec']>): Promise<Awaited<ReturnType<Bash['exec']>>> {
  try {
    return await bash.exec(...args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { stdout: '', stderr: `bash: ${message}\n`, exitCode: 1, env: {} };
  }
}

type Result = { readonly exitCode: number; readonly env: Record<string, string> };

/** The EXIT trap runs with the variables and functions of the script as it ended, and keeps its exit code. */
async function runExitTrap(
  state: ShellState,
  ended: Result,
  run: (source: string, env: Record<string, string>) => Promise<Result>,
): Promise<number> {
  const trap = state.traps.get('EXIT');
  if (!trap) return ended.exitCode;
  state.traps.clear();
  const env = ended.env['__started'] === undefined ? state.atExit : ended.env;
  const source = `${state.functions}\n__status ${ended.exitCode}\n${trap}\n__status ${ended.exitCode}`;
  const { exitCode: code } = await run(source, env);
  return code;
}
