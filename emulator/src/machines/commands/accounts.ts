import { addGroup, addUser, findGroup, findUser, groups, joinGroups, saveGroups, saveUsers, users } from '../users.ts';
import { type Body, type Commands, fail, type Io, ok, onlyRoot, parseOptions, stdin } from './command.ts';

const names = (list: string | undefined) => (list ?? '').split(',').filter(Boolean);

const USER_OPTIONS = 'c d e f g G k K p s u comment home-dir home gid groups shell uid password ingroup gecos'.split(
  ' ',
);

const useradd: Body = (args, { machine: { files } }) => {
  const { given, rest } = parseOptions(args, USER_OPTIONS);
  const [name] = rest;
  if (name === undefined) return fail('Usage: useradd [options] LOGIN', 2);
  if (findUser(files, name) !== null) return fail(`useradd: user '${name}' already exists`, 9);
  const group = given.get('g') ?? given.get('gid');
  if (group !== undefined && findGroup(files, group) === null)
    return fail(`useradd: group '${group}' does not exist`, 6);
  const missing = names(given.get('G') ?? given.get('groups')).find((other) => findGroup(files, other) === null);
  if (missing !== undefined) return fail(`useradd: group '${missing}' does not exist`, 6);
  const uid = given.get('u') ?? given.get('uid');
  const home = given.get('d') ?? given.get('home-dir') ?? given.get('home');
  const shell = given.get('s') ?? given.get('shell');
  addUser(files, {
    name,
    ...(uid !== undefined && { uid: Number(uid) }),
    ...(group !== undefined && { group: findGroup(files, group)?.name ?? group }),
    groups: names(given.get('G') ?? given.get('groups')),
    gecos: given.get('c') ?? given.get('comment') ?? '',
    ...(home !== undefined && { home }),
    ...(shell !== undefined && { shell }),
    createHome: given.has('m') || given.has('create-home'),
    system: given.has('r') || given.has('system'),
  });
  return ok();
};

/** Debian's friendlier one: makes the home directory, and adds to a group when given two names. */
const adduser: Body = (args, io) => {
  const { given, rest } = parseOptions(args, USER_OPTIONS);
  const [name = '', group] = rest;
  if (group !== undefined) return usermod(['-a', '-G', group, name], io);
  const home = given.get('home') ?? given.get('h');
  const shell = given.get('shell') ?? given.get('s') ?? '/bin/bash';
  const system = given.has('system') || given.has('S');
  const options = ['-m', '-s', shell, ...(system ? ['-r'] : []), ...(home === undefined ? [] : ['-d', home])];
  return useradd([...options, name], io);
};

const usermod: Body = (args, { machine: { files } }) => {
  const { given, rest } = parseOptions(args, USER_OPTIONS);
  const user = findUser(files, rest[0] ?? '');
  if (user === null) return fail(`usermod: user '${rest[0]}' does not exist`, 6);
  const wanted = names(given.get('G') ?? given.get('groups'));
  const missing = wanted.find((group) => findGroup(files, group) === null);
  if (missing !== undefined) return fail(`usermod: group '${missing}' does not exist`, 6);
  const changed = {
    ...user,
    shell: given.get('s') ?? given.get('shell') ?? user.shell,
    home: given.get('d') ?? given.get('home') ?? user.home,
    gecos: given.get('c') ?? given.get('comment') ?? user.gecos,
    gid: findGroup(files, given.get('g') ?? given.get('gid') ?? '')?.gid ?? user.gid,
  };
  saveUsers(
    files,
    users(files).map((other) => (other.name === user.name ? changed : other)),
  );
  const replaces = wanted.length > 0 && !given.has('a') && !given.has('append');
  if (replaces) {
    const without = (members: readonly string[]) => members.filter((member) => member !== user.name);
    saveGroups(
      files,
      groups(files).map((group) => ({ ...group, members: without(group.members) })),
    );
  }
  joinGroups(files, user.name, wanted);
  return ok();
};

const userdel: Body = (args, { machine: { files } }) => {
  const { given, rest } = parseOptions(args);
  const user = findUser(files, rest[0] ?? '');
  if (user === null) return fail(`userdel: user '${rest[0]}' does not exist`, 6);
  saveUsers(
    files,
    users(files).filter((other) => other.name !== user.name),
  );
  saveGroups(
    files,
    groups(files)
      .filter((group) => group.name !== user.name)
      .map((group) => ({ ...group, members: group.members.filter((member) => member !== user.name) })),
  );
  const removesHome = given.has('r') || given.has('remove') || given.has('remove-home');
  if (removesHome) files.remove(user.home, undefined, { recursive: true, force: true });
  return ok();
};

const groupadd: Body = (args, { machine: { files } }) => {
  const { given, rest } = parseOptions(args, ['g', 'gid', 'K', 'p']);
  const [name] = rest;
  if (name === undefined) return fail('Usage: groupadd [options] GROUP', 2);
  if (findGroup(files, name) !== null) {
    return given.has('f') || given.has('force') ? ok() : fail(`groupadd: group '${name}' already exists`, 9);
  }
  const gid = given.get('g') ?? given.get('gid');
  addGroup(files, name, gid === undefined ? undefined : Number(gid), given.has('r') ? 100 : undefined);
  return ok();
};

const groupdel: Body = ([name = ''], { machine: { files } }) => {
  if (findGroup(files, name) === null) return fail(`groupdel: group '${name}' does not exist`, 6);
  saveGroups(
    files,
    groups(files).filter((group) => group.name !== name),
  );
  return ok();
};

function setShadow(io: Io, name: string, field: (old: string) => string): boolean {
  const { files } = io.machine;
  if (findUser(files, name) === null) return false;
  const rows = files
    .text('/etc/shadow')
    .split('\n')
    .filter(Boolean)
    .map((row) => row.split(':'));
  files.write(
    '/etc/shadow',
    rows
      .map(([user = '', old = '', ...rest]) => `${[user, user === name ? field(old) : old, ...rest].join(':')}\n`)
      .join(''),
  );
  return true;
}

const passwd: Body = (args, io) => {
  const { given, rest } = parseOptions(args);
  const name = rest[0] ?? io.process.user.name;
  const field = (old: string) =>
    given.has('l') ? `!${old}` : given.has('u') ? old.replace(/^!/, '') : given.has('d') ? '' : old;
  if (!setShadow(io, name, field)) return fail(`passwd: user '${name}' does not exist`);
  return given.has('l') || given.has('u') || given.has('d')
    ? ok()
    : fail('passwd: Authentication token manipulation error', 10);
};

/** Passwords open nothing here (SSH takes keys alone): that one was set is all that is kept. */
const chpasswd: Body = (_args, io) => {
  const unknown: string[] = [];
  for (const line of stdin(io).toString('utf8').split('\n').filter(Boolean)) {
    const name = line.split(':')[0] ?? '';
    if (!setShadow(io, name, () => '$y$set')) unknown.push(`chpasswd: (user ${name}) pam_chauthtok() failed`);
  }
  return unknown.length === 0 ? ok() : fail(unknown.join('\n'));
};

export const accounts: Commands = {
  useradd: onlyRoot('useradd', useradd),
  adduser: onlyRoot('adduser', adduser),
  usermod: onlyRoot('usermod', usermod),
  userdel: onlyRoot('userdel', userdel),
  deluser: onlyRoot('deluser', userdel),
  groupadd: onlyRoot('groupadd', groupadd),
  addgroup: onlyRoot('addgroup', groupadd),
  groupdel: onlyRoot('groupdel', groupdel),
  passwd: onlyRoot('passwd', passwd),
  chpasswd: onlyRoot('chpasswd', chpasswd),
};
