import { posix } from 'node:path';
import type { FsStat, IFileSystem, BufferEncoding as ShellEncoding } from 'just-bash';
import type { FileSystem } from './file-system.ts';
import { FileError, type Inode } from './inode.ts';
import type { Process } from './processes.ts';

/** Writes that end here leave the machine at once: a process's live standard output (1) and error (2). */
export const LIVE = { 1: '/proc/self/live/1', 2: '/proc/self/live/2' } as const;

type Encoding = ShellEncoding | { encoding?: ShellEncoding | null } | undefined;

function encodingOf(options: Encoding): NodeJS.BufferEncoding {
  const encoding = (typeof options === 'string' ? options : options?.encoding) ?? 'utf8';
  return encoding === 'binary' ? 'latin1' : encoding;
}

function bytes(content: string | Uint8Array, options: Encoding): Buffer {
  return typeof content === 'string' ? Buffer.from(content, encodingOf(options)) : Buffer.from(content);
}

function stat(node: Inode): FsStat {
  return {
    isFile: node.kind === 'file' || node.kind === 'device',
    isDirectory: node.kind === 'directory',
    isSymbolicLink: node.kind === 'link',
    mode: node.mode,
    size: node.kind === 'file' ? node.content.length : node.kind === 'directory' ? 4096 : 0,
    mtime: new Date(node.mtime),
    dev: 1,
    ino: node.ino,
  };
}

/**
 * The file system as one process sees it: with its owner's rights and its umask, through the shell's interface.
 * `emit` receives what is written to the live standard output and error.
 */
export function processFiles(
  files: FileSystem,
  process: Process,
  refused: ReadonlySet<string>,
  emit: (stream: 1 | 2, data: Buffer) => void,
): IFileSystem {
  const { who } = process;
  /** An interpreter that was killed unwinds at its next statement: until then it changes nothing more. */
  const change = async (effect: () => void) => {
    if (!process.killed.aborted) effect();
  };
  const write = (path: string, content: string | Uint8Array, options: Encoding, how: 'truncate' | 'append') => {
    const data = bytes(content, options);
    if (path === LIVE[1] || path === LIVE[2]) {
      if (data.length > 0) emit(path === LIVE[1] ? 1 : 2, data);
      return;
    }
    files.write(path, data, who, how);
  };
  const copy = (from: string, to: string, recursive: boolean): void => {
    const node = files.get(from, who, !recursive);
    if (node.kind === 'link') {
      files.symlink(node.target, to, who);
      return;
    }
    if (node.kind !== 'directory') {
      const fresh = files.find(to, who) === null;
      files.write(to, files.read(from, who), who);
      if (fresh) files.chmod(to, node.mode & ~who.umask, who);
      return;
    }
    if (!recursive) throw new FileError('EISDIR', 'cp', from);
    files.mkdir(to, who, { recursive: true, mode: node.mode });
    for (const [name] of files.list(from, who)) copy(posix.join(from, name), posix.join(to, name), true);
  };
  return {
    readFile: async (path, options) => files.read(path, who).toString(encodingOf(options)),
    readFileBuffer: async (path) => new Uint8Array(files.read(path, who)),
    writeFile: (path, content, options) => change(() => write(path, content, options, 'truncate')),
    appendFile: (path, content, options) => change(() => write(path, content, options, 'append')),
    exists: async (path) => {
      try {
        return refused.has(path) || path === LIVE[1] || path === LIVE[2] || files.find(path, who) !== null;
      } catch {
        return false;
      }
    },
    stat: async (path) => stat(files.get(path === LIVE[1] || path === LIVE[2] ? '/dev/null' : path, who)),
    lstat: async (path) => stat(files.get(path, who, false)),
    mkdir: (path, options) => change(() => files.mkdir(path, who, options)),
    readdir: async (path) => files.list(path, who).map(([name]) => name),
    readdirWithFileTypes: async (path) =>
      files.list(path, who).map(([name, node]) => ({
        name,
        isFile: node.kind === 'file' || node.kind === 'device',
        isDirectory: node.kind === 'directory',
        isSymbolicLink: node.kind === 'link',
      })),
    rm: (path, options) => change(() => files.remove(path, who, { directory: true, ...options })),
    cp: (from, to, options) => change(() => copy(from, to, options?.recursive ?? false)),
    mv: (from, to) => change(() => files.rename(from, to, who)),
    resolvePath: (base, path) => posix.resolve(base, path),
    getAllPaths: () => [...files.walk()].map(([path]) => path),
    chmod: (path, mode) => change(() => files.chmod(path, mode, who)),
    symlink: (target, path) => change(() => files.symlink(target, path, who)),
    link: (existing, path) => change(() => files.link(existing, path, who)),
    readlink: async (path) => {
      const node = files.get(path, who, false);
      if (node.kind !== 'link') throw new FileError('EINVAL', 'readlink', path);
      return node.target;
    },
    realpath: async (path) => files.realpath(path, who),
    utimes: (path, _atime, mtime) => change(() => files.utimes(path, mtime.getTime(), who)),
  };
}
