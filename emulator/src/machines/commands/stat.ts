import { posix } from 'node:path';
import type { Inode } from '../inode.ts';
import { groups, users } from '../users.ts';
import { absolute, type Body, type Commands, fail, type Io, ok, parseOptions, reason } from './command.ts';

const LETTERS: Readonly<Record<Inode['kind'], string>> = { file: '-', directory: 'd', link: 'l', device: 'c' };
const KINDS: Readonly<Record<Inode['kind'], string>> = {
  file: 'regular file',
  directory: 'directory',
  link: 'symbolic link',
  device: 'character special file',
};

/** `-rw-r--r--` */
function permissions(node: Inode): string {
  const bits = [...(node.mode & 0o777).toString(2).padStart(9, '0')];
  const text = bits.map((bit, index) => (bit === '1' ? 'rwx'[index % 3] : '-')).join('');
  const last = node.mode & 0o1000 ? (text.endsWith('x') ? 't' : 'T') : text.slice(8);
  return LETTERS[node.kind] + text.slice(0, 8) + last;
}

const size = (node: Inode) =>
  node.kind === 'file' ? node.content.length : node.kind === 'link' ? node.target.length : 4096;

function owners(io: Io) {
  const names = new Map(users(io.machine.files).map(({ uid, name }) => [uid, name]));
  const groupNames = new Map(groups(io.machine.files).map(({ gid, name }) => [gid, name]));
  return {
    user: (node: Inode) => names.get(node.uid) ?? String(node.uid),
    group: (node: Inode) => groupNames.get(node.gid) ?? String(node.gid),
  };
}

function describe(format: string, path: string, node: Inode, io: Io): string {
  const { user, group } = owners(io);
  const seconds = String(Math.floor(node.mtime / 1000));
  const date = new Date(node.mtime).toISOString().replace('T', ' ').replace('Z', '000000 +0000');
  const values: Readonly<Record<string, string>> = {
    a: node.mode.toString(8),
    A: permissions(node),
    F: node.kind === 'file' && node.content.length === 0 ? 'regular empty file' : KINDS[node.kind],
    g: String(node.gid),
    G: group(node),
    h: '1',
    i: String(node.ino),
    n: path,
    N: `'${path}'`,
    s: String(size(node)),
    u: String(node.uid),
    U: user(node),
    x: date,
    X: seconds,
    y: date,
    Y: seconds,
    z: date,
    Z: seconds,
    '%': '%',
  };
  return format.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}

const DEFAULT_FORMAT = '  File: %n\n  Size: %s\t%F\nAccess: (0%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y';

const stat: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['c', 'format', 'printf']);
  const printf = given.get('printf');
  const format = given.get('c') ?? given.get('format') ?? printf ?? DEFAULT_FORMAT;
  const follow = given.has('L') || given.has('dereference');
  let stdout = '';
  let stderr = '';
  for (const operand of rest) {
    try {
      const text = describe(format, operand, io.machine.files.get(absolute(io, operand), io.process.who, follow), io);
      stdout += printf === undefined ? `${text}\n` : text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    } catch (error) {
      stderr += `stat: cannot statx '${operand}': ${reason(error)}\n`;
    }
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
};

/** The long listing, with modes and owners as they are; every other form is the interpreter's own. */
const ls: Body = async (args, io) => {
  const { given, rest } = parseOptions(args);
  if (!given.has('l') && !given.has('n'))
    return (await io.context.origCommand?.([...args])) ?? fail('ls: not available');
  const { files } = io.machine;
  const { who } = io.process;
  const { user, group } = owners(io);
  const row = (name: string, node: Inode) => {
    const date = new Date(node.mtime).toUTCString();
    const owner = given.has('n') ? `${node.uid} ${node.gid}` : `${user(node)} ${group(node)}`;
    const arrow = node.kind === 'link' ? ` -> ${node.target}` : '';
    return `${permissions(node)} 1 ${owner} ${String(size(node)).padStart(6)} ${date.slice(8, 11)} ${date.slice(5, 7)} ${date.slice(17, 22)} ${name}${arrow}\n`;
  };
  try {
    let text = '';
    for (const operand of rest.length === 0 ? ['.'] : rest) {
      const path = absolute(io, operand);
      const node = files.get(path, who, false);
      if (node.kind !== 'directory' || given.has('d')) {
        text += row(operand, node);
        continue;
      }
      const hidden = given.has('a') || given.has('A');
      const entries = files.list(path, who).filter(([name]) => hidden || !name.startsWith('.'));
      if (rest.length > 1) text += `${operand}:\n`;
      text += `total ${entries.length * 4}\n`;
      if (given.has('a')) text += row('.', node) + row('..', files.get(posix.dirname(path)));
      text += entries.map(([name, entry]) => row(name, entry)).join('');
    }
    return ok(text);
  } catch (error) {
    return fail(`ls: cannot access '${rest[0] ?? '.'}': ${reason(error)}`, 2);
  }
};

export const statCommands: Commands = { stat, ls };
