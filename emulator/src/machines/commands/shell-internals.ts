import { posix } from 'node:path';
import { permits, SEARCH, WRITE } from '../inode.ts';
import { prepareText } from '../transform.ts';
import { findUser } from '../users.ts';
import { absolute, type Body, type Commands, fail, ok, reason } from './command.ts';

const octal = (mask: number) => mask.toString(8).padStart(4, '0');

/** Keeps the shell's variables for the EXIT trap before the interpreter unwinds. */
const exit: Body = ([code], io) => {
  io.state.atExit = Object.fromEntries(io.context.env);
  if (code === undefined) return fail('', Number(io.context.env.get('?') ?? 0));
  return /^-?\d+$/.test(code) ? fail('', Number(code) & 255) : fail(`exit: Illegal number: ${code}`, 2);
};

const trap: Body = (args, io) => {
  const [action, ...conditions] = args[0] === '--' ? args.slice(1) : args;
  if (action === undefined)
    return ok([...io.state.traps].map(([name, text]) => `trap -- '${text}' ${name}\n`).join(''));
  for (const condition of conditions) {
    const name = condition === '0' ? 'EXIT' : condition.toUpperCase().replace(/^SIG/, '');
    if (action === '-') io.state.traps.delete(name);
    else io.state.traps.set(name, action);
  }
  return ok();
};

const umask: Body = ([mask], io) => {
  if (mask === undefined || mask === '-S') return ok(`${octal(io.process.who.umask)}\n`);
  if (!/^[0-7]{1,4}$/.test(mask)) return fail(`umask: Illegal mode: ${mask}`, 2);
  io.process.who.umask = Number.parseInt(mask, 8);
  return ok();
};

/** The code that `eval` is given, made ready as the script itself was. Keeps `$?`. */
const rewrite: Body = async ([how, ...words], io) => ({
  stdout: await prepareText(words.join(' '), how === 'live', io.state),
  stderr: '',
  exitCode: Number(io.context.env.get('?') ?? 0),
});

/** `command -v` for programs that the interpreter does not know: those that packages and scripts have put into PATH. */
const which: Body = ([name = ''], io) => {
  const { files } = io.machine;
  const found = (io.context.env.get('PATH') ?? '').split(':').find((directory) => {
    const node = files.find(posix.join(directory, name), io.process.who);
    return node?.kind === 'file' && (node.mode & 0o111) !== 0;
  });
  return found === undefined || name.includes('/') ? fail('') : ok(`${posix.join(found, name)}\n`);
};

/** The name of a redirection's file as it is when it can be written; else one that cannot, and says why. Keeps `$?`. */
const target: Body = ([path = ''], io) => {
  const { files } = io.machine;
  const { who } = io.process;
  const exitCode = Number(io.context.env.get('?') ?? 0);
  const refuse = (why: string) => {
    const name = `${path}: ${why}`;
    io.state.refused.add(absolute(io, name));
    return { stdout: name, stderr: '', exitCode };
  };
  try {
    const node = files.find(absolute(io, path), who);
    const parent = files.find(posix.dirname(absolute(io, path)), who);
    if (path === '' || parent === null) return refuse('No such file or directory');
    const may = node === null ? permits(parent, who, WRITE | SEARCH) : permits(node, who, WRITE);
    return may || node?.kind === 'directory' ? { stdout: path, stderr: '', exitCode } : refuse('Permission denied');
  } catch (error) {
    return refuse(reason(error));
  }
};

export const shellInternals: Commands = {
  trap,
  umask,
  __exit: exit,
  __home: ([name = ''], io) => ok(findUser(io.machine.files, name)?.home ?? `~${name}`),
  __rewrite: rewrite,
  __which: which,
  __target: target,
  /** Sets `$?`. */
  __status: ([code]) => fail('', Number(code)),
  __ulimit: () => ok('1024\n'),
  __times: () => ok('0m0.00s 0m0.00s\n0m0.00s 0m0.00s\n'),
};
