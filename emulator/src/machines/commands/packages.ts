import type { FileSystem } from '../file-system.ts';
import { releaseOf } from '../images.ts';
import { type Body, type Commands, fail, type Io, lines, ok, onlyRoot, parseOptions } from './command.ts';

const STATUS = '/var/lib/dpkg/status';

interface Package {
  readonly name: string;
  readonly version: string;
}

/** What packages bring along that scripts look for: programs and units. Others bring a program of their own name. */
const CONTENTS: Readonly<Record<string, { programs: readonly string[]; unit?: string }>> = {
  nginx: { programs: ['/usr/sbin/nginx'], unit: 'nginx' },
  'nginx-core': { programs: ['/usr/sbin/nginx'], unit: 'nginx' },
  apache2: { programs: ['/usr/sbin/apache2ctl', '/usr/sbin/apache2'], unit: 'apache2' },
  httpd: { programs: ['/usr/sbin/httpd'], unit: 'httpd' },
  haproxy: { programs: ['/usr/sbin/haproxy'], unit: 'haproxy' },
  postgresql: { programs: ['/usr/bin/psql'], unit: 'postgresql' },
  'redis-server': { programs: ['/usr/bin/redis-server', '/usr/bin/redis-cli'], unit: 'redis-server' },
  'salt-minion': { programs: ['/usr/bin/salt-minion', '/usr/bin/salt-call'], unit: 'salt-minion' },
  'salt-master': { programs: ['/usr/bin/salt-master', '/usr/bin/salt-key', '/usr/bin/salt'], unit: 'salt-master' },
  'docker.io': { programs: ['/usr/bin/docker'], unit: 'docker' },
  chrony: { programs: ['/usr/bin/chronyc'], unit: 'chrony' },
};

/** The packages that are installed on the machine now, by name. */
function installed(files: FileSystem): Map<string, Package> {
  const found = new Map<string, Package>();
  if (files.find(STATUS) === null) return found;
  for (const paragraph of files.text(STATUS).split('\n\n')) {
    const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
    if (name !== undefined) found.set(name, { name, version: /^Version: (.+)$/m.exec(paragraph)?.[1] ?? '1.0' });
  }
  return found;
}

function save(files: FileSystem, packages: Iterable<Package>): void {
  const paragraphs = [...packages].map(
    ({ name, version }) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nDescription: ${name}\n\n`,
  );
  files.install(STATUS, paragraphs.join(''));
}

const contentsOf = (name: string) => CONTENTS[name] ?? { programs: [`/usr/bin/${name}`] };

function add(io: Io, { name, version }: Package): void {
  const { files } = io.machine;
  save(files, installed(files).set(name, { name, version }).values());
  const { programs, unit } = contentsOf(name);
  for (const path of programs) if (files.find(path) === null) files.install(path, '#!/bin/sh\nexit 0\n', 0o755);
  if (unit === undefined) return;
  files.install(`/usr/lib/systemd/system/${unit}.service`, `[Unit]\nDescription=${name}\n`);
  files.install(`/etc/systemd/system/multi-user.target.wants/${unit}.service`, '');
  files.install(`/run/systemd/units/${unit}`, 'active\n');
}

function remove(io: Io, name: string): void {
  const { files } = io.machine;
  const packages = installed(files);
  packages.delete(name);
  save(files, packages.values());
  const { programs, unit } = contentsOf(name);
  const units = unit === undefined ? [] : [`/run/systemd/units/${unit}`, `/usr/lib/systemd/system/${unit}.service`];
  for (const path of [...programs, ...units]) files.remove(path, undefined, { force: true });
}

/** `name`, `name=version` or a file; apt's `name-` and `name+` are not known. */
function wanted(text: string): Package {
  const [name = '', version] = text.split('=');
  return { name: name.replace(/^.*\/|(_.*)?\.(deb|rpm)$/g, ''), version: version ?? '1.0-1' };
}

/** Names that no archive has, so that a script's failure can be played: they begin with `no-such`. */
const isUnknown = ({ name }: Package) => name.startsWith('no-such');

interface Manager {
  readonly update: readonly string[];
  readonly install: readonly string[];
  readonly remove: readonly string[];
  unknown(name: string): { message: string; code: number };
  summary(added: number, removed: number): string;
}

const APT: Manager = {
  update: ['update'],
  install: ['install', 'reinstall', 'upgrade', 'dist-upgrade', 'full-upgrade'],
  remove: ['remove', 'purge', 'autoremove'],
  unknown: (name) => ({ message: `E: Unable to locate package ${name}`, code: 100 }),
  summary: (added, removed) => `0 upgraded, ${added} newly installed, ${removed} to remove and 0 not upgraded.\n`,
};
const DNF: Manager = {
  update: ['makecache', 'check-update'],
  install: ['install', 'reinstall', 'upgrade', 'update'],
  remove: ['remove', 'erase', 'autoremove'],
  unknown: (name) => ({ message: `No match for argument: ${name}\nError: Unable to find a match: ${name}`, code: 1 }),
  summary: () => 'Complete!\n',
};
const APK: Manager = {
  update: ['update'],
  install: ['add', 'upgrade'],
  remove: ['del'],
  unknown: (name) => ({ message: `ERROR: unable to select packages:\n  ${name} (no such package)`, code: 1 }),
  summary: () => 'OK: 50 MiB in 40 packages\n',
};

const manager =
  (rules: Manager): Body =>
  (args, io) => {
    const { rest } = parseOptions(args, ['o', 'option', 't', 'target-release', 'c']);
    const [verb = '', ...names] = rest;
    const packages = installed(io.machine.files);
    if (rules.update.includes(verb)) return ok('Reading package lists...\n');
    if (rules.install.includes(verb)) {
      const list = names.map(wanted);
      const unknown = list.find(isUnknown);
      if (unknown !== undefined) {
        const { message, code } = rules.unknown(unknown.name);
        return fail(message, code);
      }
      const fresh = list.filter(({ name }) => !packages.has(name));
      for (const each of fresh) add(io, each);
      const steps = fresh.map(({ name, version }) => `Setting up ${name} (${version}) ...\n`);
      return ok(rules.summary(fresh.length, 0) + steps.join(''));
    }
    if (rules.remove.includes(verb)) {
      const present = names.filter((name) => packages.has(name));
      for (const name of present) remove(io, name);
      return ok(rules.summary(0, present.length) + present.map((name) => `Removing ${name} ...\n`).join(''));
    }
    return ok();
  };

const dpkgQuery: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['f', 'showformat']);
  const packages = installed(io.machine.files);
  const found = rest.length === 0 ? [...packages.values()] : rest.flatMap((name) => packages.get(name) ?? []);
  const missing = rest.filter((name) => !packages.has(name));
  const errors = missing.map((name) => `dpkg-query: no packages found matching ${name}\n`).join('');
  const exitCode = missing.length > 0 ? 1 : 0;
  if (given.has('l') || given.has('list')) {
    const rows = found.map(
      ({ name, version }) => `ii  ${name.padEnd(15)} ${version.padEnd(12)} amd64        ${name}\n`,
    );
    return { stdout: rows.join(''), stderr: errors, exitCode };
  }
  if (given.has('s') || given.has('status')) {
    const rows = found.map(
      ({ name, version }) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`,
    );
    return { stdout: rows.join('\n'), stderr: errors, exitCode };
  }
  const format = given.get('f') ?? given.get('showformat');
  if (format === undefined)
    return { ...lines(found.map(({ name, version }) => `${name}\t${version}`)), stderr: errors, exitCode };
  const fields = ({ name, version }: Package): Readonly<Record<string, string>> => ({
    Package: name,
    'binary:Package': name,
    Version: version,
    Status: 'install ok installed',
    'db:Status-Status': 'installed',
    'db:Status-Abbrev': 'ii ',
    Architecture: 'amd64',
  });
  const show = (each: Package) => format.replace(/\$\{([^}]+)\}/g, (_whole, key: string) => fields(each)[key] ?? '');
  const text = found.map(show).join('').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  return { stdout: text, stderr: errors, exitCode };
};

const dpkg: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['force-confdef']);
  if (given.has('print-architecture')) return ok(io.machine.spec.arch === 'arm64' ? 'arm64\n' : 'amd64\n');
  if (given.has('i') || given.has('install')) return manager(APT)(['install', ...rest], io);
  if (given.has('r') || given.has('P') || given.has('purge')) return manager(APT)(['remove', ...rest], io);
  return given.has('configure') ? ok() : dpkgQuery(args, io);
};

const rpm: Body = (args, io) => {
  const { given, rest } = parseOptions(args, ['queryformat', 'qf']);
  const packages = installed(io.machine.files);
  if (given.has('i') || given.has('U') || given.has('import'))
    return given.has('import') ? ok() : manager(DNF)(['install', ...rest], io);
  if (given.has('e')) return manager(DNF)(['remove', ...rest], io);
  const names = given.has('a') ? [...packages.keys()] : rest;
  const rows = names
    .map((name) => packages.get(name))
    .map((found, index) =>
      found === undefined ? `package ${names[index]} is not installed` : `${found.name}-${found.version}.x86_64`,
    );
  return { ...lines(rows), exitCode: names.filter((name) => !packages.has(name)).length };
};

/** Which package manager an image has: the others are not there. */
const FAMILIES: Readonly<Record<string, Commands>> = {
  debian: {
    'apt-get': onlyRoot('apt-get', manager(APT)),
    apt: onlyRoot('apt', manager(APT)),
    'apt-cache': () => ok(),
    'apt-mark': () => ok(),
    'apt-key': () => ok(),
    debconf: () => ok(),
    'debconf-set-selections': () => ok(),
    'dpkg-query': dpkgQuery,
    dpkg,
  },
  rhel: { dnf: onlyRoot('dnf', manager(DNF)), yum: onlyRoot('yum', manager(DNF)), rpm },
  alpine: { apk: onlyRoot('apk', manager(APK)) },
};

export const packages: Commands = Object.assign({}, ...Object.values(FAMILIES));

/** Names of the package tools that `image` does not have. */
export function foreignTools(image: string): string[] {
  const { id } = releaseOf(image);
  const family = id === 'alpine' ? 'alpine' : id === 'debian' || id === 'ubuntu' ? 'debian' : 'rhel';
  return Object.entries(FAMILIES).flatMap(([name, tools]) => (name === family ? [] : Object.keys(tools)));
}
