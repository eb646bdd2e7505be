import { type Process, toSignal } from '../processes.ts';
import { absolute, type Body, type Commands, fail, type Io, lines, ok, parseOptions, reason } from './command.ts';
import { command, launch } from './launch.ts';

function mayKill(io: Io, process: Process): boolean {
  return io.process.who.uid === 0 || io.process.who.uid === process.user.uid;
}

const kill: Body = (args, io) => {
  const rest = [...args];
  let wanted = 'TERM';
  if (rest[0] === '-l') return ok('HUP INT QUIT KILL TERM\n');
  if (rest[0] === '-s' || rest[0] === '-n') [, wanted = ''] = rest.splice(0, 2);
  else if (/^-[0-9A-Za-z]+$/.test(rest[0] ?? '') && rest.length > 1) wanted = rest.shift()?.slice(1) ?? '';
  if (rest[0] === '--') rest.shift();
  const signal = toSignal(wanted);
  const harmless = /^(0|(SIG)?(CONT|STOP|USR1|USR2|WINCH|CHLD))$/i.test(wanted);
  if (signal === null && !harmless) return fail(`sh: 1: kill: Illegal option -${wanted}`, 2);
  const errors: string[] = [];
  for (const id of rest) {
    const targets = /^-?\d+$/.test(id) ? io.machine.processes.select(Number(id)) : [];
    if (targets.length === 0) errors.push('sh: 1: kill: No such process');
    for (const target of targets) {
      if (!mayKill(io, target)) errors.push('sh: 1: kill: Operation not permitted');
      else if (signal !== null) io.machine.processes.kill(target, signal);
    }
  }
  return errors.length === 0 ? ok() : fail(errors.join('\n'));
};

const elapsed = (ms: number) => new Date(ms).toISOString().slice(11, 19);

const COLUMNS: Readonly<Record<string, { title: string; show(process: Process, now: number): string }>> = {
  pid: { title: 'PID', show: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', show: ({ parent }) => String(parent) },
  pgid: { title: 'PGID', show: ({ group }) => String(group) },
  sid: { title: 'SID', show: ({ group }) => String(group) },
  user: { title: 'USER', show: ({ user }) => user.name },
  uid: { title: 'UID', show: ({ user }) => String(user.uid) },
  stat: { title: 'STAT', show: () => 'S' },
  state: { title: 'S', show: () => 'S' },
  tty: { title: 'TT', show: () => '?' },
  etime: { title: 'ELAPSED', show: ({ startedAt }, now) => elapsed(now - startedAt) },
  etimes: { title: 'ELAPSED', show: ({ startedAt }, now) => String(Math.floor((now - startedAt) / 1000)) },
  lstart: { title: 'STARTED', show: ({ startedAt }) => new Date(startedAt).toUTCString() },
  time: { title: 'TIME', show: () => '00:00:00' },
  comm: { title: 'COMMAND', show: ({ args }) => args[0]?.split('/').at(-1) ?? '' },
  cmd: { title: 'CMD', show: ({ args }) => args.join(' ') },
  args: { title: 'COMMAND', show: ({ args }) => args.join(' ') },
};

const ps: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['o', 'format', 'p', 'pid', 'u', 'C']);
  const all = given.has('e') || given.has('A') || rest.join('').includes('x');
  const ids = (given.get('p') ?? given.get('pid'))?.split(',').map(Number);
  const format =
    given.get('o') ?? given.get('format') ?? (given.has('f') ? 'user,pid,ppid,tty,time,cmd' : 'pid,tty,time,cmd');
  const init: Process = {
    ...io.process,
    pid: 1,
    parent: 0,
    group: 1,
    args: ['/sbin/init'],
    startedAt: io.machine.bootedAt,
  };
  const shown = [init, ...io.machine.processes.list()].filter((process) =>
    ids === undefined ? all || process.group === io.process.group : ids.includes(process.pid),
  );
  const columns = format.split(',').map((name) => {
    const [key = '', title] = name.trim().split('=');
    const column = COLUMNS[key];
    return { title: title ?? column?.title ?? key.toUpperCase(), show: column?.show ?? (() => '-') };
  });
  const header = columns.map(({ title }) => title).join(' ');
  const body = shown.map((process) => columns.map(({ show }) => show(process, io.machine.now())).join(' '));
  const list = given.has('no-headers') || header.trim() === '' ? body : [header, ...body];
  return { ...lines(list), exitCode: shown.length > 0 ? 0 : 1 };
};

function matching(args: readonly string[], io: Io): Process[] {
  const { given, rest } = parseOptions(args, ['u', 's', 'signal']);
  const pattern = new RegExp(rest[0] ?? '^$');
  return io.machine.processes
    .list()
    .filter((process) => process.pid !== io.process.pid)
    .filter(({ args: words }) => pattern.test(given.has('f') ? words.join(' ') : (words[0]?.split('/').at(-1) ?? '')));
}

const pgrep: Body = (args, io) => {
  const found = matching(args, io);
  return { ...lines(found.map(({ pid }) => String(pid))), exitCode: found.length > 0 ? 0 : 1 };
};

const pkill: Body = (args, io) => {
  const signal = args.map((arg) => toSignal(arg.replace(/^-/, ''))).find((found) => found !== null) ?? 'TERM';
  const found = matching(
    args.filter((arg) => !/^-(\d+|[A-Z]+)$/.test(arg)),
    io,
  ).filter((process) => mayKill(io, process));
  for (const process of found) io.machine.processes.kill(process, signal);
  return fail('', found.length > 0 ? 0 : 1);
};

/** Locks that are held now, by machine and file. A lock ends with the command that took it. */
const held = new WeakMap<object, Map<string, Promise<unknown>>>();

const flock: Body = async (args, io) => {
  const { given, rest } = parseOptions(args, ['w', 'wait', 'timeout', 'E', 'c', 'command'], true);
  const [file = '', ...argv] = rest;
  // `flock 9`: the descriptor's lock would last as long as the shell; nobody contends for it here.
  if (/^\d+$/.test(file)) return ok();
  const locks = held.get(io.machine) ?? new Map<string, Promise<unknown>>();
  held.set(io.machine, locks);
  const path = absolute(io, file);
  try {
    if (io.machine.files.find(path) === null) io.machine.files.write(path, '', io.process.who);
  } catch (error) {
    return fail(`flock: cannot open lock file ${file}: ${reason(error)}`, 66);
  }
  if (locks.has(path) && (given.has('n') || given.has('nonblock'))) return fail('', Number(given.get('E') ?? 1));
  while (locks.has(path)) await locks.get(path);
  const source = argv[0] === '-c' ? (argv[1] ?? '') : command(argv);
  const work = launch(io, { source, args: argv });
  locks.set(path, work);
  try {
    return await work;
  } finally {
    locks.delete(path);
  }
};

export const processCommands: Commands = { kill, ps, pgrep, pkill, flock };
