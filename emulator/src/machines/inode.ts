/** Who acts on a file system: what the kernel keeps with each process. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  umask: number;
}

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [0], umask: 0o022 };

interface Owned {
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}

export interface FileNode extends Owned {
  readonly kind: 'file';
  content: Buffer;
}

/** A file whose content is worked out at each read, and whose writes go elsewhere: /dev and /proc. */
export interface DeviceNode extends Owned {
  readonly kind: 'device';
  read(): Buffer;
  write(data: Buffer): void;
}

export interface DirectoryNode extends Owned {
  readonly kind: 'directory';
  readonly entries: Map<string, Inode>;
}

export interface LinkNode extends Owned {
  readonly kind: 'link';
  readonly target: string;
}

export type Inode = FileNode | DeviceNode | DirectoryNode | LinkNode;

const MESSAGES = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  ELOOP: 'too many symbolic links encountered',
  EINVAL: 'invalid argument',
} as const;

export type FileErrorCode = keyof typeof MESSAGES;

/** Spelled as Node spells its own, which is what the shell's commands read. */
export class FileError extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, call: string, path: string) {
    super(`${code}: ${MESSAGES[code]}, ${call} '${path}'`);
    this.code = code;
  }
}

export const READ = 4;
export const WRITE = 2;
export const SEARCH = 1;

/** The kernel's check of mode bits; root passes everything. */
export function permits(node: Inode, who: Credentials, want: number): boolean {
  if (who.uid === 0) return true;
  const shift = node.uid === who.uid ? 6 : node.gid === who.gid || who.groups.includes(node.gid) ? 3 : 0;
  return ((node.mode >> shift) & want) === want;
}

let lastIno = 1;

/** A new node as `who` would own it, before it has a name. */
export function own(who: Credentials, mode: number, mtime: number) {
  lastIno += 1;
  return { ino: lastIno, mode: mode & ~who.umask, uid: who.uid, gid: who.gid, mtime };
}
