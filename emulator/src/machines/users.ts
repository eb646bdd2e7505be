import type { FileSystem } from './file-system.ts';
import type { Credentials } from './inode.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const FIRST_ID = 1000;

function rows(files: FileSystem, path: string): string[][] {
  const lines = files.find(path) === null ? [] : files.text(path).split('\n');
  return lines.filter((line) => line.includes(':')).map((line) => line.split(':'));
}

/** What /etc/passwd of the machine says now. */
export function users(files: FileSystem): User[] {
  return rows(files, PASSWD).map(([name = '', , uid, gid, gecos = '', home = '/', shell = '/bin/sh']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    gecos,
    home,
    shell,
  }));
}

/** What /etc/group of the machine says now. */
export function groups(files: FileSystem): Group[] {
  return rows(files, GROUP).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter(Boolean),
  }));
}

export function findUser(files: FileSystem, nameOrId: string): User | null {
  return users(files).find((user) => user.name === nameOrId || String(user.uid) === nameOrId) ?? null;
}

export function findGroup(files: FileSystem, nameOrId: string): Group | null {
  return groups(files).find((group) => group.name === nameOrId || String(group.gid) === nameOrId) ?? null;
}

/** The user's groups, the primary one first. */
export function groupsOf(files: FileSystem, user: User): Group[] {
  const all = groups(files);
  const others = all.filter((group) => group.gid !== user.gid && group.members.includes(user.name));
  return [...all.filter((group) => group.gid === user.gid), ...others];
}

/** The rights that a login of `user` gets. */
export function credentialsOf(files: FileSystem, user: User): Credentials {
  return {
    uid: user.uid,
    gid: user.gid,
    groups: groupsOf(files, user).map((group) => group.gid),
    umask: 0o022,
  };
}

function nextId(taken: readonly number[], from: number): number {
  let id = from;
  while (taken.includes(id)) id += 1;
  return id;
}

export interface NewUser {
  readonly name: string;
  readonly uid?: number;
  /** Primary group, made when it is missing; one of the user's own name unless said. */
  readonly group?: string;
  readonly groups?: readonly string[];
  readonly gecos?: string;
  readonly home?: string;
  readonly shell?: string;
  readonly createHome: boolean;
  readonly system?: boolean;
}

/** As useradd(8) does it: entries in passwd, shadow and group, and a home directory of its own. */
export function addUser(files: FileSystem, spec: NewUser): User {
  const firstId = spec.system ? 100 : FIRST_ID;
  const uid =
    spec.uid ??
    nextId(
      users(files).map((user) => user.uid),
      firstId,
    );
  const group = findGroup(files, spec.group ?? spec.name) ?? addGroup(files, spec.group ?? spec.name, undefined, uid);
  const user: User = {
    name: spec.name,
    uid,
    gid: group.gid,
    gecos: spec.gecos ?? '',
    home: spec.home ?? `/home/${spec.name}`,
    shell: spec.shell ?? '/bin/sh',
  };
  saveUsers(files, [...users(files), user]);
  files.write('/etc/shadow', `${spec.name}:!:20000:0:99999:7:::\n`, undefined, 'append');
  joinGroups(files, user.name, spec.groups ?? []);
  if (spec.createHome && files.find(user.home) === null) {
    files.mkdir(user.home, undefined, { recursive: true });
    files.chmod(user.home, 0o755);
    files.chown(user.home, user.uid, user.gid);
  }
  return user;
}

export function addGroup(files: FileSystem, name: string, gid?: number, from = FIRST_ID): Group {
  const taken = groups(files).map((group) => group.gid);
  const group: Group = { name, gid: gid ?? nextId(taken, from), members: [] };
  saveGroups(files, [...groups(files), group]);
  return group;
}

/** Adds the user to groups; those that do not exist are made, as cloud-init does it. */
export function joinGroups(files: FileSystem, user: string, names: readonly string[]): void {
  for (const name of names) if (findGroup(files, name) === null) addGroup(files, name);
  saveGroups(
    files,
    groups(files).map((group) =>
      names.includes(group.name) && !group.members.includes(user)
        ? { ...group, members: [...group.members, user] }
        : group,
    ),
  );
}

export function saveUsers(files: FileSystem, list: readonly User[]): void {
  const lines = list.map((u) => `${u.name}:x:${u.uid}:${u.gid}:${u.gecos}:${u.home}:${u.shell}\n`);
  files.write(PASSWD, lines.join(''));
}

export function saveGroups(files: FileSystem, list: readonly Group[]): void {
  files.write(GROUP, list.map((g) => `${g.name}:x:${g.gid}:${g.members.join(',')}\n`).join(''));
}

/** What a login of `user` finds in its environment. */
export function loginEnvironment(user: User): Record<string, string> {
  const sbin = user.uid === 0 ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '';
  return {
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: user.shell,
    PATH: sbin || '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
    LANG: 'C.UTF-8',
  };
}
