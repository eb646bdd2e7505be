import { posix } from 'node:path';
import type { Inode } from '../inode.ts';
import { absolute, type Body, type Commands, fail, type Io, lines, ok, parseOptions, reason } from './command.ts';

interface CopyOptions {
  readonly recursive: boolean;
  /** Mode, owner and time as they were. */
  readonly preserve: boolean;
  /** Symbolic links as links. */
  readonly links: boolean;
}

function copyNode(io: Io, from: string, to: string, options: CopyOptions): void {
  const { files } = io.machine;
  const { who } = io.process;
  const node = files.get(from, who, !options.links);
  if (node.kind === 'directory' && !options.recursive)
    throw new Error(`-r not specified; omitting directory '${from}'`);
  const fresh = files.find(to, who) === null;
  if (node.kind === 'link') files.symlink(node.target, to, who);
  else if (node.kind === 'directory') files.mkdir(to, who, { recursive: true, mode: node.mode });
  else files.write(to, files.read(from, who), who);
  if (node.kind !== 'link' && (options.preserve || fresh)) settle(io, to, node, options.preserve);
  if (node.kind !== 'directory') return;
  for (const [name] of files.list(from, who)) copyNode(io, posix.join(from, name), posix.join(to, name), options);
}

function settle(io: Io, path: string, from: Inode, preserve: boolean): void {
  const { files } = io.machine;
  const { who } = io.process;
  files.chmod(path, preserve ? from.mode : from.mode & 0o777 & ~who.umask, who);
  if (!preserve) return;
  if (who.uid === 0) files.chown(path, from.uid, from.gid, who);
  files.utimes(path, from.mtime, who);
}

const cp: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['t', 'target-directory']);
  const archive = given.has('a') || given.has('archive');
  const options: CopyOptions = {
    recursive: archive || given.has('r') || given.has('R') || given.has('recursive'),
    preserve: archive || given.has('p') || given.has('preserve'),
    links: archive || given.has('d') || given.has('P'),
  };
  const directory = given.get('t') ?? given.get('target-directory');
  const sources = directory === undefined ? rest.slice(0, -1) : rest;
  const target = absolute(io, directory ?? rest.at(-1) ?? '');
  if (sources.length === 0) return fail(`cp: missing destination file operand after '${rest[0] ?? ''}'`);
  try {
    for (const source of sources) {
      const into = !given.has('T') && io.machine.files.find(target, io.process.who)?.kind === 'directory';
      const to = into ? posix.join(target, posix.basename(source)) : target;
      if (given.has('n') && io.machine.files.find(to, io.process.who) !== null) continue;
      copyNode(io, absolute(io, source), to, options);
    }
    return ok();
  } catch (error) {
    return fail(`cp: cannot copy '${sources.join("' '")}' to '${rest.at(-1)}': ${reason(error)}`);
  }
};

const realpath: Body = (args, io) => {
  const { rest } = parseOptions(args);
  try {
    return lines(rest.map((path) => io.machine.files.realpath(absolute(io, path), io.process.who)));
  } catch (error) {
    return fail(`realpath: ${rest[0] ?? ''}: ${reason(error)}`);
  }
};

export const copying: Commands = { cp, realpath };
