import { posix } from 'node:path';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';
import type { FileSystem } from './file-system.ts';
import { type Credentials, FileError, type Inode } from './inode.ts';
import type { Machine } from './machine.ts';
import { credentialsOf, type User } from './users.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const FILE_TYPES: Readonly<Record<Inode['kind'], number>> = {
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  device: 0o020000,
};

/** What is sent back; null is plain success. */
type Reply =
  | { readonly handle: Buffer }
  | { readonly data: Buffer }
  | { readonly names: FileEntry[] }
  | { readonly attributes: Attributes }
  | { readonly status: number }
  | null;

/** Each request has its own arguments, as ssh2 names them in its types. */
type Handler = (...args: never[]) => Reply;
type Handlers = Readonly<Record<string, Handler>>;

interface Open {
  readonly path: string;
  readonly append: boolean;
  /** Names not read yet, for a directory. */
  names: string[];
}

/** One client's view: relative paths begin at the user's home, and his rights hold. */
interface View {
  readonly files: FileSystem;
  readonly who: Credentials;
  readonly open: Map<number, Open>;
  full(path: string): string;
}

function attributes(node: Inode): Attributes {
  const time = Math.floor(node.mtime / 1000);
  const size = node.kind === 'file' ? node.content.length : 0;
  return { mode: FILE_TYPES[node.kind] | node.mode, uid: node.uid, gid: node.gid, size, atime: time, mtime: time };
}

function statusOf(error: unknown): number {
  if (!(error instanceof FileError)) return STATUS_CODE.FAILURE;
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return STATUS_CODE.NO_SUCH_FILE;
  return error.code === 'EACCES' || error.code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}

function newHandle(view: View, open: Open): Reply {
  const number = Math.max(0, ...view.open.keys()) + 1;
  view.open.set(number, open);
  const handle = Buffer.alloc(4);
  handle.writeUInt32BE(number);
  return { handle };
}

function opened(view: View, handle: Buffer): Open {
  const found = view.open.get(handle.readUInt32BE(0));
  if (found === undefined) throw new FileError('EINVAL', 'handle', '');
  return found;
}

function setAttributes({ files, who }: View, path: string, { mode, uid, gid, size }: Partial<Attributes>): Reply {
  if (size !== undefined) files.write(path, files.read(path, who).subarray(0, size), who);
  if (mode !== undefined) files.chmod(path, mode & 0o7777, who);
  if (uid !== undefined && gid !== undefined) files.chown(path, uid, gid, who);
  return null;
}

function openFile(view: View, path: string, flags: number, mode: number | undefined): Reply {
  const { files, who } = view;
  const found = files.find(path, who);
  if (flags & OPEN_MODE.WRITE) {
    if (found === null && !(flags & OPEN_MODE.CREAT)) throw new FileError('ENOENT', 'open', path);
    if (found !== null && flags & OPEN_MODE.EXCL) throw new FileError('EEXIST', 'open', path);
    files.write(path, '', who, flags & OPEN_MODE.TRUNC ? 'truncate' : 'append');
    if (found === null && mode !== undefined) files.chmod(path, mode & ~who.umask, who);
  } else {
    files.read(path, who);
  }
  return newHandle(view, { path, names: [], append: (flags & OPEN_MODE.APPEND) !== 0 });
}

function writeAt(files: FileSystem, { path, append }: Open, offset: number, data: Buffer): Reply {
  const old = files.read(path);
  const at = append ? old.length : offset;
  const content = Buffer.alloc(Math.max(old.length, at + data.length));
  old.copy(content);
  data.copy(content, at);
  files.write(path, content);
  return null;
}

const fileHandlers = (view: View): Handlers => ({
  OPEN: (path: string, flags: number, { mode }: Partial<Attributes>) => openFile(view, view.full(path), flags, mode),
  READ: (handle: Buffer, offset: number, length: number) => {
    const data = view.files.read(opened(view, handle).path, view.who).subarray(offset, offset + length);
    return data.length === 0 ? { status: STATUS_CODE.EOF } : { data };
  },
  WRITE: (handle: Buffer, offset: number, data: Buffer) => writeAt(view.files, opened(view, handle), offset, data),
  FSTAT: (handle: Buffer) => ({ attributes: attributes(view.files.get(opened(view, handle).path, view.who)) }),
  FSETSTAT: (handle: Buffer, attrs: Partial<Attributes>) => setAttributes(view, opened(view, handle).path, attrs),
  CLOSE: (handle: Buffer) => {
    opened(view, handle);
    view.open.delete(handle.readUInt32BE(0));
    return null;
  },
});

const directoryHandlers = (view: View): Handlers => ({
  OPENDIR: (path: string) => {
    const names = view.files.list(view.full(path), view.who).map(([name]) => name);
    return newHandle(view, { path: view.full(path), names, append: false });
  },
  READDIR: (handle: Buffer) => {
    const directory = opened(view, handle);
    const names = directory.names.splice(0).map((name) => {
      const attrs = attributes(view.files.get(posix.join(directory.path, name), view.who, false));
      return { filename: name, longname: name, attrs };
    });
    return names.length === 0 ? { status: STATUS_CODE.EOF } : { names };
  },
  MKDIR: (path: string, { mode }: Partial<Attributes>) => {
    view.files.mkdir(view.full(path), view.who, { mode: mode ?? 0o777 });
    return null;
  },
  RMDIR: (path: string) => {
    view.files.remove(view.full(path), view.who, { directory: true });
    return null;
  },
});

const nameHandlers = (view: View): Handlers => {
  const { files, who, full } = view;
  return {
    STAT: (path: string) => ({ attributes: attributes(files.get(full(path), who)) }),
    LSTAT: (path: string) => ({ attributes: attributes(files.get(full(path), who, false)) }),
    SETSTAT: (path: string, attrs: Partial<Attributes>) => setAttributes(view, full(path), attrs),
    REMOVE: (path: string) => {
      files.remove(full(path), who);
      return null;
    },
    // Version 3 forbids to replace a file; clients that may, use posix-rename@openssh.com.
    RENAME: (from: string, to: string) => {
      if (files.find(full(to), who, false) !== null) throw new FileError('EEXIST', 'rename', to);
      files.rename(full(from), full(to), who);
      return null;
    },
    EXTENDED: (name: string, data: Buffer) => {
      if (name !== 'posix-rename@openssh.com') return { status: STATUS_CODE.OP_UNSUPPORTED };
      const size = data.readUInt32BE(0);
      const [from, to] = [data.subarray(4, 4 + size), data.subarray(8 + size)];
      files.rename(full(from.toString('utf8')), full(to.toString('utf8')), who);
      return null;
    },
    SYMLINK: (link: string, target: string) => {
      files.symlink(target, full(link), who);
      return null;
    },
    READLINK: (path: string) => {
      const node = files.get(full(path), who, false);
      if (node.kind !== 'link') throw new FileError('EINVAL', 'readlink', path);
      return { names: [{ filename: node.target, longname: node.target, attrs: attributes(node) }] };
    },
    REALPATH: (path: string) => {
      const attrs = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
      return { names: [{ filename: full(path), longname: full(path), attrs }] };
    },
  };
};

function send(sftp: SFTPWrapper, request: number, reply: Reply): void {
  if (reply === null) sftp.status(request, STATUS_CODE.OK);
  else if ('handle' in reply) sftp.handle(request, reply.handle);
  else if ('data' in reply) sftp.data(request, reply.data);
  else if ('names' in reply) sftp.name(request, reply.names);
  else if ('attributes' in reply) sftp.attrs(request, reply.attributes);
  else sftp.status(request, reply.status);
}

/** The sftp subsystem (version 3) over the machine's file system, with the user's rights. */
export function serveSftp(machine: Machine, user: User, sftp: SFTPWrapper): void {
  const view: View = {
    files: machine.files,
    who: credentialsOf(machine.files, user),
    open: new Map(),
    full: (path) => posix.resolve(user.home, path),
  };
  const handlers = { ...fileHandlers(view), ...directoryHandlers(view), ...nameHandlers(view) };
  for (const [event, handler] of Object.entries(handlers)) {
    sftp.on(event, (request: number, ...args: never[]) => {
      try {
        send(sftp, request, handler(...args));
      } catch (error) {
        sftp.status(request, statusOf(error), error instanceof Error ? error.message : undefined);
      }
    });
  }
}
