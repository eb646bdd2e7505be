import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { FileError, type Inode } from '../inode.ts';
import { findGroup, findUser } from '../users.ts';
import {
  absolute,
  type Body,
  type Commands,
  fail,
  type Io,
  lines,
  ok,
  parseOptions,
  reason,
  stdin,
} from './command.ts';

const mktemp: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['p', 'tmpdir', 'suffix']);
  const directory = given.get('p') || given.get('tmpdir') || io.context.env.get('TMPDIR') || '/tmp';
  const template = rest[0] ?? 'tmp.XXXXXXXXXX';
  if (!/XXX/.test(template)) return fail(`mktemp: too few X's in template '${template}'`);
  const name = template.replace(/X{3,}/, (marks) => randomBytes(marks.length).toString('hex').slice(0, marks.length));
  const inside = rest[0] === undefined || given.has('t') || given.has('p') || given.has('tmpdir');
  const path = inside ? posix.join(directory, name) : name;
  const { files } = io.machine;
  const who = { ...io.process.who, umask: 0o077 };
  try {
    if (given.has('d')) files.mkdir(absolute(io, path), who, { mode: 0o700 });
    else if (!given.has('u')) files.write(absolute(io, path), '', who);
    return ok(`${path}\n`);
  } catch (error) {
    return fail(`mktemp: failed to create file via template '${template}': ${reason(error)}`);
  }
};

/** `user:group`, `user:`, `:group` or `user` as ids; null where nothing is said. */
function ownership(io: Io, text: string): { uid: number | null; gid: number | null } {
  const { files } = io.machine;
  const [name = '', groupName] = text.split(/[:.](.*)/s);
  const user = name === '' ? null : findUser(files, name);
  if (name !== '' && user === null && !/^\d+$/.test(name)) throw new Error(`invalid user: '${text}'`);
  const uid = name === '' ? null : (user?.uid ?? Number(name));
  if (groupName === undefined) return { uid, gid: null };
  if (groupName === '') return { uid, gid: user?.gid ?? null };
  const group = findGroup(files, groupName);
  if (group === null && !/^\d+$/.test(groupName)) throw new Error(`invalid group: '${text}'`);
  return { uid, gid: group?.gid ?? Number(groupName) };
}

const changeOwner =
  (name: string, read: (io: Io, text: string) => { uid: number | null; gid: number | null }): Body =>
  (args, io) => {
    const { given, rest } = parseOptions(args, ['reference', 'from']);
    const { files } = io.machine;
    const [owner = '', ...operands] = rest;
    try {
      const { uid, gid } = read(io, owner);
      for (const operand of operands) {
        const path = absolute(io, operand);
        const top = files.get(path, io.process.who, !given.has('h'));
        const nodes: [string, Inode][] =
          given.has('R') || given.has('recursive') ? [...files.walk(path, top)] : [[path, top]];
        for (const [each, node] of nodes) {
          files.chown(each, uid ?? node.uid, gid ?? node.gid, io.process.who, node.kind !== 'link');
        }
      }
      return ok();
    } catch (error) {
      const what =
        operands.length > 0 && /^E[A-Z]+:/.test(String((error as Error).message))
          ? `cannot access '${operands[0]}': `
          : '';
      return fail(`${name}: ${what}${reason(error)}`);
    }
  };

const install: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['m', 'mode', 'o', 'owner', 'g', 'group', 't', 'target-directory', 'S']);
  const { files } = io.machine;
  const { who } = io.process;
  const mode = Number.parseInt(given.get('m') ?? given.get('mode') ?? '0755', 8);
  const owner = `${given.get('o') ?? given.get('owner') ?? ''}:${given.get('g') ?? given.get('group') ?? ''}`;
  const settle = (path: string) => {
    const node = files.get(path, who);
    const { uid, gid } = owner === ':' ? { uid: null, gid: null } : ownership(io, owner);
    files.chmod(path, mode, who);
    files.chown(path, uid ?? node.uid, gid ?? node.gid, who);
  };
  try {
    if (given.has('d') || given.has('directory')) {
      for (const path of rest) {
        files.mkdir(absolute(io, path), who, { recursive: true });
        settle(absolute(io, path));
      }
      return ok();
    }
    const target = given.get('t') ?? given.get('target-directory');
    const sources = target === undefined ? rest.slice(0, -1) : rest;
    const destination = absolute(io, target ?? rest.at(-1) ?? '');
    if (given.has('D'))
      files.mkdir(target === undefined ? posix.dirname(destination) : destination, who, { recursive: true });
    for (const source of sources) {
      const into = files.find(destination, who)?.kind === 'directory';
      const path = into ? posix.join(destination, posix.basename(source)) : destination;
      const content = source === '/dev/stdin' || source === '-' ? stdin(io) : files.read(absolute(io, source), who);
      files.remove(path, who, { force: true });
      files.write(path, content, who);
      settle(path);
    }
    return ok();
  } catch (error) {
    return fail(`install: cannot create '${rest.at(-1)}': ${reason(error)}`);
  }
};

function input(io: Io, path: string): Buffer {
  return path === '-' ? stdin(io) : io.machine.files.read(absolute(io, path), io.process.who);
}

const cmp: Body = (args, io) => {
  const { given, rest } = parseOptions(args);
  const [left = '-', right = '-'] = rest;
  try {
    const [a, b] = [input(io, left), input(io, right)];
    if (a.equals(b)) return ok();
    const at = a.findIndex((byte, index) => byte !== b[index]);
    const quiet = given.has('s') || given.has('quiet') || given.has('silent');
    const byte = at < 0 ? a.length : at + 1;
    return { stdout: quiet ? '' : `${left} ${right} differ: byte ${byte}, line 1\n`, stderr: '', exitCode: 1 };
  } catch (error) {
    return fail(`cmp: ${reason(error)}`, 2);
  }
};

const checksum =
  (name: string, algorithm: string): Body =>
  (args, io) => {
    const { given, rest } = parseOptions(args);
    const sum = (path: string) => createHash(algorithm).update(input(io, path)).digest('hex');
    try {
      if (!given.has('c') && !given.has('check')) {
        return lines((rest.length === 0 ? ['-'] : rest).map((path) => `${sum(path)}  ${path}`));
      }
      const rows = rest.flatMap((path) => input(io, path).toString('utf8').split('\n').filter(Boolean));
      const checked = rows
        .map((row) => row.split(/ [ *]/))
        .map(([hash = '', path = '']) => ({ path, good: sum(path) === hash }));
      const report = checked.map(({ path, good }) => `${path}: ${good ? 'OK' : 'FAILED'}`);
      const quiet = given.has('status') || given.has('quiet');
      return { ...lines(quiet ? [] : report), exitCode: checked.every(({ good }) => good) ? 0 : 1 };
    } catch (error) {
      return fail(`${name}: ${rest[0] ?? '-'}: ${reason(error)}`);
    }
  };

const mkdir: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['m', 'mode']);
  const { files } = io.machine;
  const { who } = io.process;
  const mode = given.get('m') ?? given.get('mode');
  const parents = given.has('p') || given.has('parents');
  for (const operand of rest) {
    const path = absolute(io, operand);
    try {
      const there = files.find(path, who) !== null;
      files.mkdir(path, who, { recursive: parents });
      if (mode !== undefined && !there) files.chmod(path, Number.parseInt(mode, 8), who);
    } catch (error) {
      const exists = error instanceof FileError && error.code === 'EEXIST';
      return fail(`mkdir: cannot create directory '${operand}': ${exists ? 'File exists' : reason(error)}`);
    }
  }
  return rest.length === 0 ? fail('mkdir: missing operand') : ok();
};

export const fileCommands: Commands = {
  mkdir,
  mktemp,
  chown: changeOwner('chown', ownership),
  chgrp: changeOwner('chgrp', (io, group) => ownership(io, `:${group}`)),
  install,
  cmp,
  sha224sum: checksum('sha224sum', 'sha224'),
  sha384sum: checksum('sha384sum', 'sha384'),
  sha512sum: checksum('sha512sum', 'sha512'),
  sync: () => ok(),
  df: () =>
    lines([
      'Filesystem     1K-blocks    Used Available Use% Mounted on',
      '/dev/vda1       10218772 1536200   8682572  16% /',
    ]),
};
