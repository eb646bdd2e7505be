import { exitCode } from '../processes.ts';
import type { Output, Script } from '../shell-state.ts';
import type { User } from '../users.ts';
import { absolute, exported, type Io, quote, type Result, stdin } from './command.ts';

export interface Launch {
  readonly source: string;
  /** `$0` and parameters of the new shell. */
  readonly args: readonly string[];
  readonly user?: User;
  readonly env?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly stdin?: Buffer;
  /** A session of its own: signals to the caller's group do not reach it. */
  readonly session?: boolean;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

/** Arguments as a script of one command. */
export function command(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/** Collects what a program prints, or sends it straight to the file it is redirected to (see `hintOutputs`). */
function output(io: Io): { emit: Output['emit']; collected(): Pick<Result, 'stdout' | 'stderr' | 'stdoutKind'> } {
  const buffers: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  const targets = { 1: io.context.env.get('__out'), 2: io.context.env.get('__err') };
  let last = Promise.resolve();
  const emit: Output['emit'] = (stream, data) => {
    const target = targets[stream];
    if (target === undefined) buffers[stream].push(data);
    else last = last.then(() => io.context.fs.appendFile(absolute(io, target), data)).catch(() => {});
  };
  return {
    emit,
    collected: () => ({
      stdout: Buffer.concat(buffers[1]).toString('latin1'),
      stdoutKind: 'bytes',
      stderr: Buffer.concat(buffers[2]).toString('utf8'),
    }),
  };
}

function script(io: Io, launch: Launch, emit: Output['emit']): Script {
  return {
    source: launch.source,
    args: launch.args,
    env: launch.env ?? exported(io),
    ...(launch.variables && { variables: launch.variables }),
    cwd: launch.cwd ?? io.context.cwd,
    stdin: launch.stdin ?? stdin(io),
    output: { emit, heldBy: (job) => io.state.output.heldBy(job) },
  };
}

function start(io: Io, launch: Launch, emit: Output['emit']) {
  return io.machine.shells.start(
    {
      user: launch.user ?? io.process.user,
      umask: io.process.who.umask,
      parent: io.process.pid,
      group: launch.session ? null : io.process.group,
      args: launch.args,
    },
    script(io, launch, emit),
  );
}

/** Runs a shell script in the calling process. */
export async function launchInside(io: Io, spec: Launch): Promise<Result> {
  const { emit, collected } = output(io);
  const exitCode = await io.machine.shells.run(io.process, script(io, spec, emit));
  return { ...collected(), exitCode };
}

/** Runs a shell script in a process of its own and waits for it. */
export async function launch(io: Io, spec: Launch): Promise<Result> {
  if (io.state.single && spec.user === undefined && spec.timeoutMs === undefined) {
    if (spec.session) io.process.group = io.process.pid;
    io.machine.processes.become(io.process, spec.args);
    return launchInside(io, spec);
  }
  const { emit, collected } = output(io);
  const child = start(io, spec, emit);
  const timer =
    spec.timeoutMs === undefined ? null : setTimeout(() => io.machine.processes.kill(child, 'TERM'), spec.timeoutMs);
  const exit = await child.exit;
  if (timer !== null) clearTimeout(timer);
  return { ...collected(), exitCode: timer !== null && exit.signal !== null ? 124 : exitCode(exit) };
}

/** Starts a shell script and returns at once with its process. Its output goes where the calling shell's goes. */
export function launchJob(io: Io, spec: Launch) {
  return start(io, spec, io.state.output.emit);
}
