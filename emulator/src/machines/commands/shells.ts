import { exitCode } from '../processes.ts';
import {
  absolute,
  type Body,
  type Commands,
  exported,
  fail,
  type Io,
  lines,
  ok,
  parseOptions,
  type Result,
  reason,
  stdin,
} from './command.ts';
import { command, launch, launchInside, launchJob } from './launch.ts';

const EMPTY = Buffer.alloc(0);

/** `sh FILE ARGS`, `sh -c SCRIPT NAME ARGS`, `sh -s ARGS` and a script on standard input. */
const shell =
  (name: string): Body =>
  async (args, io) => {
    const { flags, rest, isCommand, isStdin } = shellArguments(args);
    const options = flags === '' ? '' : `set -${flags}\n`;
    const [first, ...more] = rest;
    if (isCommand) return launch(io, { source: options + (first ?? ''), args: more.length > 0 ? more : [name] });
    if (isStdin || first === undefined || first === '/dev/stdin' || first === '-') {
      return launch(io, { source: options + stdin(io).toString('utf8'), args: [name, ...rest], stdin: EMPTY });
    }
    return runFile(io, name, absolute(io, first), [first, ...more], options);
  };

function shellArguments(args: readonly string[]) {
  const rest = [...args];
  let flags = '';
  let isCommand = false;
  let isStdin = false;
  for (let arg = rest[0]; arg?.startsWith('-') && arg.length > 1; arg = rest[0]) {
    rest.shift();
    if (arg === '--') break;
    if (arg.startsWith('--')) continue;
    if (arg.includes('c')) isCommand = true;
    if (arg.includes('s')) isStdin = true;
    if (arg.endsWith('o')) rest.shift();
    flags += arg.replace(/[^aefnux]/g, '');
  }
  return { flags, rest, isCommand, isStdin };
}

async function runFile(io: Io, name: string, path: string, args: readonly string[], options = ''): Promise<Result> {
  try {
    const source = io.machine.files.text(path, io.process.who);
    return await launch(io, { source: options + source, args });
  } catch (error) {
    return fail(`${name}: 0: cannot open ${args[0]}: ${reason(error)}`, 2);
  }
}

/** A program by its path: one of ours, or a script whose first line names a shell that the machine has. */
const runPath: Body = async ([path = '', ...args], io) => {
  const full = absolute(io, path);
  const { files } = io.machine;
  try {
    const node = files.find(full, io.process.who);
    if (node === null) return fail(`bash: ${path}: No such file or directory`, 127);
    if (node.kind === 'directory') return fail(`bash: ${path}: Is a directory`, 126);
    if ((node.mode & 0o111) === 0) return fail(`bash: ${path}: Permission denied`, 126);
    const name = full.split('/').at(-1) ?? '';
    if (/^\/(usr\/)?s?bin\//.test(full) && io.context.getRegisteredCommands?.().includes(name)) {
      return launch(io, { source: command([name, ...args]), args: [path] });
    }
    const interpreter = /^#! *(\S+)(?: +(\S+))?/.exec(files.text(full, io.process.who));
    const program = (interpreter?.[1]?.endsWith('/env') ? interpreter[2] : interpreter?.[1]) ?? '/bin/sh';
    if (!/(^|\/)(sh|bash|dash)$/.test(program)) {
      return fail(`bash: ${path}: ${program}: bad interpreter: No such file or directory`, 126);
    }
    return runFile(io, path, full, [path, ...args]);
  } catch (error) {
    return fail(`bash: ${path}: ${reason(error)}`, 126);
  }
};

/** A copy of the calling shell to run `source`: its variables, parameters, functions and options. */
function subshellOf(io: Io, source: string) {
  const { env } = io.context;
  const special = /^([0-9#?*@!$_-]|__.*|SHELLOPTS|BASHOPTS|PWD)$/;
  const parameters = [...env].filter(([name]) => /^[1-9]\d*$/.test(name)).map(([, value]) => value);
  const options = (env.get('SHELLOPTS') ?? '').split(':').filter((option) => OPTIONS.includes(option));
  const setUp = options.map((option) => `set -o ${option}\n`).join('');
  return {
    source: `${io.state.functions}${setUp}${source}`,
    args: [env.get('0') ?? 'sh', ...parameters],
    variables: Object.fromEntries([...env].filter(([name]) => !special.test(name))),
  };
}

const OPTIONS = ['errexit', 'nounset', 'pipefail', 'noglob', 'allexport'];

/** A subshell with an umask and traps of its own, in the same process. */
const subshell: Body = async ([source = ''], io) => {
  const { who } = io.process;
  const { umask } = who;
  try {
    return await launchInside(io, subshellOf(io, source));
  } finally {
    who.umask = umask;
  }
};

/** `&`: a process of its own that has the shell's variables and functions. */
const background: Body = async ([output, source = ''], io) => {
  const job = launchJob(io, { ...subshellOf(io, source), stdin: EMPTY });
  io.state.jobs.push(job);
  if (output === 'holds') io.state.output.heldBy(job);
  await io.context.assignShellVariable?.('__job', String(job.pid));
  return ok();
};

const wait: Body = async (args, io) => {
  const jobs = io.state.jobs.filter((job) => args.length === 0 || args.includes(String(job.pid)));
  const codes: number[] = [];
  for (const job of jobs) codes.push(exitCode(await job.exit));
  if (args.length === 0) return ok();
  return fail('', codes.at(-1) ?? 127);
};

const prefix =
  (withValue: readonly string[], spec: { session?: boolean }): Body =>
  (args, io) => {
    const { rest } = parseOptions(args, withValue, true);
    return launch(io, { source: command(rest), args: rest, ...spec });
  };

const env: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['u', 'unset', 'C', 'chdir'], true);
  const variables: Record<string, string> = given.has('i') || args[0] === '-' ? {} : exported(io);
  delete variables[given.get('u') ?? given.get('unset') ?? ''];
  const argv = [...rest];
  for (let word = argv[0]; word !== undefined && /^\w+=/.test(word); word = argv[0]) {
    const [name = '', value = ''] = word.split(/=(.*)/s);
    variables[name] = value;
    argv.shift();
  }
  if (argv.length === 0) return lines(Object.entries(variables).map(([name, value]) => `${name}=${value}`));
  return launch(io, { source: command(argv), args: argv, env: variables });
};

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

const timeout: Body = (args, io) => {
  const { rest } = parseOptions(args, ['s', 'signal', 'k', 'kill-after'], true);
  const [duration = '', ...argv] = rest;
  const [, amount, unit = ''] = /^([\d.]+)([smhd]?)$/.exec(duration) ?? [];
  if (amount === undefined) return fail(`timeout: invalid time interval '${duration}'`, 125);
  const timeoutMs = Number(amount) * (UNITS[unit] ?? 1) * 1000;
  return launch(io, { source: command(argv), args: argv, timeoutMs });
};

export const shells: Commands = {
  sh: shell('sh'),
  bash: shell('bash'),
  dash: shell('dash'),
  setsid: prefix([], { session: true }),
  nohup: prefix([], {}),
  nice: prefix(['n', 'adjustment'], {}),
  ionice: prefix(['c', 'n'], {}),
  timeout,
  env,
  __run: runPath,
  __background: background,
  __subshell: subshell,
  __wait: wait,
};
