import { BOOT_FINISHED, RESULT } from '../cloud-init/paths.ts';
import { releaseOf } from '../images.ts';
import { pause } from '../processes.ts';
import { type Body, type Commands, fail, type Io, lines, ok, onlyRoot, parseOptions } from './command.ts';

const RELEASE = '6.1.0-42-cloud';

const hostName = (io: Io) => io.machine.files.text('/etc/hostname').trim();
const architecture = (io: Io) => (io.machine.spec.arch === 'arm64' ? 'aarch64' : io.machine.spec.arch);

const uname: Body = (args, io) => {
  const { given } = parseOptions(args);
  const fields = [
    ['s', 'kernel-name', 'Linux'],
    ['n', 'nodename', hostName(io)],
    ['r', 'kernel-release', RELEASE],
    ['v', 'kernel-version', '#1 SMP'],
    ['m', 'machine', architecture(io)],
    ['o', 'operating-system', 'GNU/Linux'],
  ] as const;
  const all = given.has('a') || given.has('all');
  const shown = fields
    .filter(([letter, long]) => all || given.has(letter) || given.has(long))
    .map(([, , value]) => value);
  return ok(`${shown.length === 0 ? 'Linux' : shown.join(' ')}\n`);
};

const hostname: Body = (args, io) => {
  const { given, rest } = parseOptions(args);
  const [name] = rest;
  if (name !== undefined) {
    if (io.process.who.uid !== 0) return fail('hostname: you must be root to change the host name');
    io.machine.files.install('/etc/hostname', `${name}\n`);
    return ok();
  }
  if (given.has('I')) return ok(`${io.machine.spec.address} \n`);
  if (given.has('f') || given.has('fqdn')) {
    const row = io.machine.files
      .text('/etc/hosts')
      .split('\n')
      .find((line) => line.split(/\s+/).includes(hostName(io)));
    return ok(`${row?.split(/\s+/)[1] ?? hostName(io)}\n`);
  }
  return ok(`${given.has('s') ? hostName(io).split('.')[0] : hostName(io)}\n`);
};

const hostnamectl: Body = (args, io) => {
  const { given, rest } = parseOptions(args);
  const [verb, name] = rest;
  if ((verb === 'set-hostname' || verb === 'hostname') && name !== undefined) return hostname([name], io);
  if (verb === 'hostname' || given.has('static')) return ok(`${hostName(io)}\n`);
  return lines([` Static hostname: ${hostName(io)}`, `    Architecture: ${architecture(io)}`]);
};

const SETTINGS = '/proc/sys';

/** Settings are files under /proc/sys, as they are. */
const sysctl: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['p', 'load']);
  const { files } = io.machine;
  if (given.has('system') || given.has('p') || given.has('load')) return ok();
  const rows: string[] = [];
  for (const word of rest) {
    const [name = '', value] = word.split('=').map((text) => text.trim());
    const path = `${SETTINGS}/${name.replaceAll('.', '/')}`;
    if (value !== undefined) {
      if (io.process.who.uid !== 0) return fail(`sysctl: permission denied on key "${name}"`, 255);
      files.install(path, `${value}\n`);
    }
    const now = value ?? (files.find(path) === null ? '0' : files.text(path).trim());
    if (!given.has('q')) rows.push(given.has('n') ? now : `${name} = ${now}`);
  }
  return lines(rows);
};

const ip: Body = (args, io) => {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const { address } = io.machine.spec;
  if (/^r(o|oute)?$/.test(words[0] ?? '')) return ok(`default via ${address} dev eth0\n`);
  if (!/^(a|addr|address|link|l)$/.test(words[0] ?? '')) return ok();
  const family = address.includes(':') ? 'inet6' : 'inet';
  return lines([
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536',
    '    inet 127.0.0.1/8 scope host lo',
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500',
    `    ${family} ${address}/32 scope global eth0`,
  ]);
};

/** No route leads out of a machine that is only simulated: said as each tool says it. */
const noNetwork: Body = (args, io) => {
  const url = args.find((arg) => /^https?:/.test(arg)) ?? '';
  const host = /^https?:\/\/([^/:]+)/.exec(url)?.[1] ?? args.at(-1) ?? '';
  const silent = args.some((arg) => /^-\w*s/.test(arg)) && !args.some((arg) => /^-\w*S/.test(arg));
  return fail(silent ? '' : `curl: (6) Could not resolve host: ${host} (${hostName(io)} has no network)`, 6);
};

const cloudInit: Body = async ([verb = '', ...args], io) => {
  const { files } = io.machine;
  const finished = () => files.find(BOOT_FINISHED) !== null && files.find(RESULT) !== null;
  if (verb !== 'status') return verb === '--version' ? ok('/usr/bin/cloud-init 24.4\n') : ok();
  while (args.some((arg) => arg === '--wait' || arg === '-w') && !finished()) {
    if (io.process.killed.aborted) return fail('');
    await pause(20, io.process.killed);
  }
  if (!finished()) return ok('status: running\n');
  const failed = !files.text(RESULT).includes('"errors":[]');
  return { ...ok(failed ? 'status: error\n' : 'status: done\n'), exitCode: failed ? 1 : 0 };
};

const uptime: Body = (args, io) => {
  const since = new Date(io.machine.bootedAt).toISOString().slice(0, 19).replace('T', ' ');
  if (args.includes('-s')) return ok(`${since}\n`);
  const minutes = Math.floor((io.machine.now() - io.machine.bootedAt) / 60_000);
  return ok(` up ${minutes} min,  0 users,  load average: 0.00, 0.00, 0.00\n`);
};

const lsbRelease: Body = (args, io) => {
  const { given } = parseOptions(args);
  const { id, version, codename } = releaseOf(io.machine.spec.image);
  const rows = [
    ['i', 'Distributor ID', id.charAt(0).toUpperCase() + id.slice(1)],
    ['r', 'Release', version],
    ['c', 'Codename', codename],
  ] as const;
  const shown = rows.filter(([letter]) => given.has(letter) || given.has('a'));
  return lines(shown.map(([, title, value]) => (given.has('s') ? value : `${title}:\t${value}`)));
};

const logger: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['t', 'tag', 'p', 'priority']);
  const tag = given.get('t') ?? given.get('tag') ?? io.process.user.name;
  const line = `${new Date(io.machine.now()).toISOString()} ${hostName(io)} ${tag}: ${rest.join(' ')}\n`;
  io.machine.files.write('/var/log/syslog', line, undefined, 'append');
  return ok();
};

export const system: Commands = {
  uname,
  arch: (_args, io) => ok(`${architecture(io)}\n`),
  hostname,
  hostnamectl,
  sysctl,
  ip,
  curl: noNetwork,
  wget: (args) => fail(`wget: unable to resolve host address '${args.at(-1) ?? ''}'`, 4),
  ping: (args) => fail(`ping: ${args.at(-1) ?? ''}: Temporary failure in name resolution`, 2),
  'cloud-init': cloudInit,
  uptime,
  nproc: () => ok('2\n'),
  free: () =>
    lines([
      '               total        used        free      shared  buff/cache   available',
      'Mem:         2015532      304000     1511000        1000      200532     1711000',
      'Swap:              0           0           0',
    ]),
  lsb_release: lsbRelease,
  logger,
  modprobe: onlyRoot('modprobe', () => ok()),
  ldconfig: () => ok(),
  'update-ca-certificates': onlyRoot('update-ca-certificates', () => ok()),
  timedatectl: () => ok(),
  locale: () => ok('LANG=C.UTF-8\n'),
};
