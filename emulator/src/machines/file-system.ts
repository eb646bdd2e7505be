import { posix } from 'node:path';
import {
  type Credentials,
  type DirectoryNode,
  FileError,
  type Inode,
  own,
  permits,
  READ,
  ROOT,
  SEARCH,
  WRITE,
} from './inode.ts';

const MAX_LINKS = 40;

interface Place {
  readonly parent: DirectoryNode;
  readonly name: string;
  readonly path: string;
  readonly node: Inode | null;
}

/**
 * One machine's file system: POSIX names, modes, owners and symbolic links, in memory. Every call is made with
 * credentials and fails as the kernel would (`FileError`).
 */
export class FileSystem {
  readonly #root: DirectoryNode;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#root = { kind: 'directory', entries: new Map(), ...own(ROOT, 0o755, now()) };
  }

  /** The node at `path`, or null. `follow` resolves a symbolic link in the last place too. */
  find(path: string, who: Credentials = ROOT, follow = true): Inode | null {
    return this.#locate(path, who, follow, 'stat', 0)?.node ?? null;
  }

  get(path: string, who: Credentials = ROOT, follow = true): Inode {
    const node = this.find(path, who, follow);
    if (node === null) throw new FileError('ENOENT', follow ? 'stat' : 'lstat', path);
    return node;
  }

  realpath(path: string, who: Credentials = ROOT): string {
    const place = this.#locate(path, who, true, 'realpath', 0);
    if (place === null || place.node === null) throw new FileError('ENOENT', 'realpath', path);
    return place.path;
  }

  read(path: string, who: Credentials = ROOT): Buffer {
    const node = this.#locate(path, who, true, 'open', 0)?.node ?? null;
    if (node === null) throw new FileError('ENOENT', 'open', path);
    if (node.kind === 'directory') throw new FileError('EISDIR', 'read', path);
    if (!permits(node, who, READ)) throw new FileError('EACCES', 'open', path);
    if (node.kind === 'link') throw new FileError('ELOOP', 'open', path);
    return node.kind === 'device' ? node.read() : node.content;
  }

  text(path: string, who: Credentials = ROOT): string {
    return this.read(path, who).toString('utf8');
  }

  write(path: string, data: Buffer | string, who: Credentials = ROOT, how: 'truncate' | 'append' = 'truncate'): void {
    const place = this.#place(path, who, true, 'open');
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const { node } = place;
    if (node === null) {
      this.#add(place, { kind: 'file', content: Buffer.from(bytes), ...own(who, 0o666, this.#now()) }, who, 'open');
      return;
    }
    if (node.kind === 'directory') throw new FileError('EISDIR', 'open', path);
    if (!permits(node, who, WRITE) || node.kind === 'link') throw new FileError('EACCES', 'open', path);
    if (node.kind === 'device') {
      node.write(bytes);
      return;
    }
    node.content = how === 'append' ? Buffer.concat([node.content, bytes]) : Buffer.from(bytes);
    node.mtime = this.#now();
  }

  /** Puts a file of root's in place with its directories: what images and packages do. */
  install(path: string, data: Buffer | string, mode = 0o644): void {
    this.mkdir(posix.dirname(path), ROOT, { recursive: true });
    this.write(path, data);
    this.chmod(path, mode);
  }

  device(path: string, read: () => Buffer | string, write: (data: Buffer) => void = () => {}): void {
    this.mkdir(posix.dirname(path), ROOT, { recursive: true });
    const place = this.#place(path, ROOT, true, 'mknod');
    place.parent.entries.set(place.name, {
      ...own(ROOT, 0o666, this.#now()),
      kind: 'device',
      read: () => Buffer.from(read()),
      write,
      mode: 0o666,
    });
  }

  mkdir(path: string, who: Credentials = ROOT, options: { recursive?: boolean; mode?: number } = {}): void {
    const place = this.#locate(path, who, true, 'mkdir', 0);
    if (place === null) {
      if (!options.recursive || path === '/') throw new FileError('ENOENT', 'mkdir', path);
      this.mkdir(posix.dirname(path), who, options);
      this.mkdir(path, who, options);
      return;
    }
    if (place.node !== null) {
      if (options.recursive && place.node.kind === 'directory') return;
      throw new FileError('EEXIST', 'mkdir', path);
    }
    const node: DirectoryNode = {
      kind: 'directory',
      entries: new Map(),
      ...own(who, options.mode ?? 0o777, this.#now()),
    };
    this.#add(place, node, who, 'mkdir');
  }

  list(path: string, who: Credentials = ROOT): [string, Inode][] {
    const node = this.get(path, who);
    if (node.kind !== 'directory') throw new FileError('ENOTDIR', 'scandir', path);
    if (!permits(node, who, READ)) throw new FileError('EACCES', 'scandir', path);
    return [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  remove(
    path: string,
    who: Credentials = ROOT,
    options: { recursive?: boolean; force?: boolean; directory?: boolean } = {},
  ): void {
    const place = this.#locate(path, who, false, 'unlink', 0);
    if (place === null || place.node === null) {
      if (options.force) return;
      throw new FileError('ENOENT', 'unlink', path);
    }
    if (place.node.kind === 'directory' && !options.recursive) {
      if (!options.directory) throw new FileError('EISDIR', 'unlink', path);
      if (place.node.entries.size > 0) throw new FileError('ENOTEMPTY', 'rmdir', path);
    }
    this.#mayChange(place, who, 'unlink');
    place.parent.entries.delete(place.name);
    place.parent.mtime = this.#now();
  }

  /** As rename(2): replaces a file at the new name in one go. */
  rename(from: string, to: string, who: Credentials = ROOT): void {
    const source = this.#place(from, who, false, 'rename');
    const target = this.#place(to, who, false, 'rename');
    if (source.node === null) throw new FileError('ENOENT', 'rename', from);
    if (target.node?.kind === 'directory' && source.node.kind !== 'directory') {
      throw new FileError('EISDIR', 'rename', to);
    }
    if (target.node?.kind === 'directory' && target.node.entries.size > 0)
      throw new FileError('ENOTEMPTY', 'rename', to);
    if (`${target.path}/`.startsWith(`${source.path}/`) && source.path !== target.path) {
      throw new FileError('EINVAL', 'rename', from);
    }
    this.#mayChange(source, who, 'rename');
    this.#mayChange(target, who, 'rename');
    source.parent.entries.delete(source.name);
    target.parent.entries.set(target.name, source.node);
  }

  symlink(target: string, path: string, who: Credentials = ROOT): void {
    const place = this.#place(path, who, false, 'symlink');
    if (place.node !== null) throw new FileError('EEXIST', 'symlink', path);
    this.#add(place, { ...own(who, 0o777, this.#now()), kind: 'link', target, mode: 0o777 }, who, 'symlink');
  }

  link(existing: string, path: string, who: Credentials = ROOT): void {
    const node = this.get(existing, who, false);
    if (node.kind === 'directory') throw new FileError('EPERM', 'link', existing);
    const place = this.#place(path, who, false, 'link');
    if (place.node !== null) throw new FileError('EEXIST', 'link', path);
    this.#add(place, node, who, 'link');
  }

  chmod(path: string, mode: number, who: Credentials = ROOT): void {
    const node = this.get(path, who);
    if (who.uid !== 0 && who.uid !== node.uid) throw new FileError('EPERM', 'chmod', path);
    node.mode = mode & 0o7777;
  }

  /** Only root gives files away. */
  chown(path: string, uid: number, gid: number, who: Credentials = ROOT, follow = true): void {
    const node = this.get(path, who, follow);
    const sameOwner = uid === node.uid && (gid === node.gid || (who.uid === node.uid && who.groups.includes(gid)));
    if (who.uid !== 0 && !sameOwner) throw new FileError('EPERM', 'chown', path);
    node.uid = uid;
    node.gid = gid;
  }

  utimes(path: string, mtime: number, who: Credentials = ROOT): void {
    const node = this.get(path, who);
    if (who.uid !== 0 && who.uid !== node.uid) throw new FileError('EPERM', 'utime', path);
    node.mtime = mtime;
  }

  /** Every name below `path`, depth first, links not followed. */
  *walk(path = '/', node: Inode = this.#root): Generator<[string, Inode]> {
    yield [path, node];
    if (node.kind !== 'directory') return;
    for (const [name, child] of node.entries) yield* this.walk(posix.join(path, name), child);
  }

  #add(place: Place, node: Inode, who: Credentials, call: string): void {
    this.#mayChange(place, who, call);
    place.parent.entries.set(place.name, node);
    place.parent.mtime = this.#now();
  }

  #mayChange(place: Place, who: Credentials, call: string): void {
    if (place.name === '') throw new FileError('EPERM', call, place.path);
    if (!permits(place.parent, who, WRITE | SEARCH)) throw new FileError('EACCES', call, place.path);
    const sticky = (place.parent.mode & 0o1000) !== 0 && who.uid !== 0 && who.uid !== place.parent.uid;
    if (sticky && place.node !== null && place.node.uid !== who.uid) throw new FileError('EPERM', call, place.path);
  }

  #place(path: string, who: Credentials, follow: boolean, call: string): Place {
    const place = this.#locate(path, who, follow, call, 0);
    if (place === null) throw new FileError('ENOENT', call, path);
    return place;
  }

  /** Walks `path`; null when a directory on the way is missing, `node: null` when only the last name is. */
  #locate(path: string, who: Credentials, follow: boolean, call: string, links: number): Place | null {
    if (links > MAX_LINKS) throw new FileError('ELOOP', call, path);
    const names = posix.normalize(path).split('/').filter(Boolean);
    let parent = this.#root;
    let walked = '/';
    if (names.length === 0) return { parent, name: '', path: '/', node: parent };
    for (const [index, name] of names.entries()) {
      if (!permits(parent, who, SEARCH)) throw new FileError('EACCES', call, path);
      const node = parent.entries.get(name) ?? null;
      const here = walked === '/' ? `/${name}` : `${walked}/${name}`;
      const last = index === names.length - 1;
      if (node?.kind === 'link' && (follow || !last)) {
        const target = posix.join(posix.resolve(walked, node.target), ...names.slice(index + 1));
        return this.#locate(target, who, follow, call, links + 1);
      }
      if (last) return { parent, name, path: here, node };
      if (node === null) return null;
      if (node.kind !== 'directory') throw new FileError('ENOTDIR', call, path);
      parent = node;
      walked = here;
    }
    return null;
  }
}
