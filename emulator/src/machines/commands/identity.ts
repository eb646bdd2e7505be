import { findGroup, findUser, groups, groupsOf, loginEnvironment, type User, users } from '../users.ts';
import { type Body, type Commands, exported, fail, type Io, lines, ok, parseOptions } from './command.ts';
import { command, launch } from './launch.ts';

const id: Body = (args, io) => {
  const { given, rest } = parseOptions(args);
  const { files } = io.machine;
  const user = rest[0] === undefined ? io.process.user : findUser(files, rest[0]);
  if (user === null) return fail(`id: '${rest[0]}': no such user`);
  const memberships = groupsOf(files, user);
  const primary = memberships.find(({ gid }) => gid === user.gid)?.name ?? String(user.gid);
  const named = given.has('n');
  if (given.has('u')) return ok(`${named ? user.name : user.uid}\n`);
  if (given.has('g')) return ok(`${named ? primary : user.gid}\n`);
  if (given.has('G')) return ok(`${memberships.map((group) => (named ? group.name : group.gid)).join(' ')}\n`);
  const list = memberships.map(({ gid, name }) => `${gid}(${name})`).join(',');
  return ok(`uid=${user.uid}(${user.name}) gid=${user.gid}(${primary}) groups=${list}\n`);
};

const groupsCommand: Body = ([name], io) => {
  const user = name === undefined ? io.process.user : findUser(io.machine.files, name);
  if (user === null) return fail(`groups: '${name}': no such user`);
  return ok(
    `${groupsOf(io.machine.files, user)
      .map((group) => group.name)
      .join(' ')}\n`,
  );
};

const passwdLine = (u: User) => `${u.name}:x:${u.uid}:${u.gid}:${u.gecos}:${u.home}:${u.shell}`;

const getent: Body = ([database = '', ...keys], io) => {
  const { files } = io.machine;
  const found: (string | null)[] = [];
  if (database === 'passwd') {
    const list = keys.length === 0 ? users(files) : keys.map((key) => findUser(files, key));
    found.push(...list.map((user) => user && passwdLine(user)));
  } else if (database === 'group') {
    const list = keys.length === 0 ? groups(files) : keys.map((key) => findGroup(files, key));
    found.push(...list.map((group) => group && `${group.name}:x:${group.gid}:${group.members.join(',')}`));
  } else if (database === 'hosts' || database === 'ahosts') {
    const rows = files.text('/etc/hosts').split('\n').filter(Boolean);
    found.push(...keys.map((key) => rows.find((row) => row.split(/\s+/).includes(key)) ?? null));
  } else return fail(`getent: Unknown database: ${database}`);
  const present = found.filter((line) => line !== null);
  return { ...lines(present), exitCode: present.length === found.length ? 0 : 2 };
};

/** What the sudoers files let a user do: `'free'` without a password, `'password'` with one, null nothing. */
function sudoRight(io: Io): 'free' | 'password' | null {
  const { files } = io.machine;
  const { user } = io.process;
  if (user.uid === 0) return 'free';
  const paths = ['/etc/sudoers', ...files.list('/etc/sudoers.d').map(([name]) => `/etc/sudoers.d/${name}`)];
  const names = [user.name, 'ALL', ...groupsOf(files, user).map((group) => `%${group.name}`)];
  const rules = paths.flatMap((path) => files.text(path).split('\n'));
  const mine = rules.filter((rule) => /=.*ALL/.test(rule) && names.includes(rule.trim().split(/\s+/)[0] ?? ''));
  if (mine.length === 0) return null;
  return mine.some((rule) => rule.includes('NOPASSWD')) ? 'free' : 'password';
}

/** Nobody here can type a password, so a rule that asks for one refuses. */
const sudo: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['u', 'user', 'g', 'group', 'p', 'C', 'h'], true);
  const right = sudoRight(io);
  if (right === 'password') return fail('sudo: a password is required');
  if (right === null) return fail(`${io.process.user.name} is not in the sudoers file.`);
  const target = given.get('u') ?? given.get('user') ?? 'root';
  const user = findUser(io.machine.files, target.replace(/^#/, ''));
  if (user === null) return fail(`sudo: unknown user: ${target}`);
  if (given.has('v') || given.has('l')) return ok();
  const assigned = rest.slice(
    0,
    rest.findIndex((word) => !/^\w+=/.test(word)),
  );
  const argv = rest.slice(assigned.length);
  const kept = given.has('E') || given.has('preserve-env') ? exported(io) : {};
  const login = loginEnvironment(user);
  const env = {
    ...login,
    ...kept,
    ...Object.fromEntries(assigned.map((word) => word.split(/=(.*)/s).slice(0, 2) as [string, string])),
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: login['HOME'] ?? '/',
    SUDO_USER: io.process.user.name,
    SUDO_UID: String(io.process.user.uid),
  };
  const isShell = given.has('s') || given.has('i');
  const source = argv.length === 0 && isShell ? '' : command(argv);
  if (source === '' && !isShell) return fail('usage: sudo -h | -K | -k | -V\nusage: sudo [-Eins] [-u user] [command]');
  return launch(io, {
    source,
    args: argv.length > 0 ? argv : ['sh'],
    user,
    env,
    ...(given.has('i') && { cwd: user.home }),
  });
};

const su: Body = (args, io) => {
  const { given, rest } = parseOptions(
    args.filter((arg) => arg !== '-'),
    ['c', 'command', 's', 'shell'],
  );
  const name = rest[0] ?? 'root';
  const user = findUser(io.machine.files, name);
  if (user === null)
    return fail(`su: user ${name} does not exist or the user entry does not contain all the required fields`);
  if (io.process.user.uid !== 0) return fail('su: Authentication failure');
  const isLogin = args.includes('-') || given.has('l') || given.has('login');
  const source = given.get('c') ?? given.get('command') ?? '';
  const shell = given.get('s') ?? given.get('shell') ?? user.shell;
  if (/(nologin|false)$/.test(shell)) return fail('This account is currently not available.');
  const env = isLogin
    ? loginEnvironment(user)
    : { ...exported(io), HOME: user.home, USER: user.name, LOGNAME: user.name };
  return launch(io, { source, args: [shell, ...rest.slice(1)], user, env, ...(isLogin && { cwd: user.home }) });
};

export const identity: Commands = {
  id,
  groups: groupsCommand,
  whoami: (_args, io) => ok(`${io.process.user.name}\n`),
  logname: (_args, io) => ok(`${io.process.user.name}\n`),
  getent,
  sudo,
  su,
};
