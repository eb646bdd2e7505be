import { randomBytes, randomUUID } from 'node:crypto';
import type { FileSystem } from './file-system.ts';
import { addUser } from './users.ts';

interface Release {
  readonly id: string;
  readonly like: string;
  readonly name: string;
  readonly version: string;
  readonly codename: string;
  /** The user that cloud-init makes unless told otherwise. */
  readonly defaultUser: string;
}

const debian = (version: string, codename: string): Release => ({
  id: 'debian',
  like: '',
  name: 'Debian GNU/Linux',
  version,
  codename,
  defaultUser: 'debian',
});
const ubuntu = (version: string, codename: string): Release => ({
  id: 'ubuntu',
  like: 'debian',
  name: 'Ubuntu',
  version,
  codename,
  defaultUser: 'ubuntu',
});
const redHat = (id: string, name: string): Release => ({
  id,
  like: id === 'fedora' ? '' : 'rhel centos fedora',
  name,
  version: id === 'fedora' ? '42' : '9',
  codename: '',
  defaultUser: id === 'rockylinux' ? 'rocky' : id,
});

/** By a word in the image's label; the first that fits. */
const RELEASES: readonly [RegExp, Release][] = [
  [/buster/, debian('10', 'buster')],
  [/bullseye/, debian('11', 'bullseye')],
  [/trixie/, debian('13', 'trixie')],
  [/trusty|14\.04/, ubuntu('14.04', 'trusty')],
  [/focal|20\.04/, ubuntu('20.04', 'focal')],
  [/jammy|22\.04/, ubuntu('22.04', 'jammy')],
  [/noble|24\.04|ubuntu/, ubuntu('24.04', 'noble')],
  [/rocky/, redHat('rocky', 'Rocky Linux')],
  [/alma/, redHat('almalinux', 'AlmaLinux')],
  [/centos/, redHat('centos', 'CentOS Stream')],
  [/fedora/, redHat('fedora', 'Fedora Linux')],
  [/alpine/, { ...debian('3.22', ''), id: 'alpine', name: 'Alpine Linux', defaultUser: 'alpine' }],
];
const UNKNOWN = debian('12', 'bookworm');

export function releaseOf(image: string): Release {
  return RELEASES.find(([pattern]) => pattern.test(image.toLowerCase()))?.[1] ?? UNKNOWN;
}

function osRelease(release: Release): string {
  const lines = [
    `PRETTY_NAME="${release.name} ${release.version}${release.codename && ` (${release.codename})`}"`,
    `NAME="${release.name}"`,
    `VERSION_ID="${release.version}"`,
    `VERSION="${release.version}${release.codename && ` (${release.codename})`}"`,
    ...(release.codename ? [`VERSION_CODENAME=${release.codename}`] : []),
    `ID=${release.id}`,
    ...(release.like ? [`ID_LIKE="${release.like}"`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const DIRECTORIES: readonly [string, number][] = [
  ['/usr/bin', 0o755],
  ['/usr/sbin', 0o755],
  ['/usr/local/bin', 0o755],
  ['/usr/local/sbin', 0o755],
  ['/usr/lib', 0o755],
  ['/usr/share', 0o755],
  ['/etc/default', 0o755],
  ['/etc/sudoers.d', 0o750],
  ['/etc/systemd/system', 0o755],
  ['/var/lib/cloud/instance', 0o755],
  ['/var/log', 0o755],
  ['/var/tmp', 0o1777],
  ['/var/www', 0o755],
  ['/tmp', 0o1777],
  ['/run', 0o755],
  ['/home', 0o755],
  ['/srv', 0o755],
  ['/opt', 0o755],
  ['/mnt', 0o755],
  ['/root', 0o700],
];

const SYSTEM_USERS = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin',
];
const SYSTEM_GROUPS = [
  'root:x:0:',
  'daemon:x:1:',
  'adm:x:4:',
  'sudo:x:27:',
  'www-data:x:33:',
  'users:x:100:',
  'nogroup:x:65534:',
];

/** What an image holds before its first boot. `commands` are the names of the programs in /usr/bin. */
export function installImage(files: FileSystem, image: string, commands: readonly string[]): void {
  const release = releaseOf(image);
  for (const [path, mode] of DIRECTORIES) {
    files.mkdir(path, undefined, { recursive: true });
    files.chmod(path, mode);
  }
  files.symlink('usr/bin', '/bin');
  files.symlink('usr/sbin', '/sbin');
  files.symlink('usr/lib', '/lib');
  files.symlink('/run', '/var/run');
  for (const name of commands) files.install(`/usr/bin/${name}`, '#!/bin/sh\n', 0o755);
  files.install('/etc/os-release', osRelease(release));
  files.install('/etc/passwd', `${SYSTEM_USERS.join('\n')}\n`);
  files.install('/etc/group', `${SYSTEM_GROUPS.join('\n')}\n`);
  files.install(
    '/etc/shadow',
    SYSTEM_USERS.map((line) => `${line.split(':')[0]}:*:20000:0:99999:7:::\n`).join(''),
    0o640,
  );
  files.install('/etc/sudoers', 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n', 0o440);
  files.install('/etc/hosts', '127.0.0.1 localhost\n::1 localhost ip6-localhost\n');
  files.install('/etc/resolv.conf', 'nameserver 127.0.0.53\n');
  files.install('/etc/fstab', '/dev/vda1 / ext4 defaults 0 1\n');
  files.install('/etc/timezone', 'Etc/UTC\n');
  files.install('/etc/ssh/sshd_config', 'PermitRootLogin prohibit-password\nPasswordAuthentication no\n');
  files.install('/etc/machine-id', `${randomUUID().replaceAll('-', '')}\n`, 0o444);
  if (release.id === 'debian') files.install('/etc/debian_version', `${release.version}.0\n`);
  installDevices(files);
}

function installDevices(files: FileSystem): void {
  files.device('/dev/null', () => '');
  files.device('/dev/zero', () => Buffer.alloc(65_536));
  files.device('/dev/random', () => randomBytes(65_536));
  files.device('/dev/urandom', () => randomBytes(65_536));
  files.device('/dev/tty', () => '');
  files.device('/proc/sys/kernel/random/uuid', () => `${randomUUID()}\n`);
  files.device('/proc/version', () => 'Linux version 6.1.0-42-cloud (emulated)\n');
  files.device('/proc/cpuinfo', () => 'processor\t: 0\n\nprocessor\t: 1\n');
  files.device(
    '/proc/meminfo',
    () => 'MemTotal:        2015532 kB\nMemFree:         1511000 kB\nMemAvailable:    1711000 kB\n',
  );
  files.device('/proc/loadavg', () => '0.00 0.01 0.05 1/80 400\n');
  files.device('/proc/mounts', () => '/dev/vda1 / ext4 rw,relatime 0 0\n');
  files.device('/proc/cmdline', () => 'BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro\n');
}

/** The user that cloud-init makes on this image when user-data asks for `default`. */
export function addDefaultUser(files: FileSystem, image: string) {
  const { defaultUser } = releaseOf(image);
  const user = addUser(files, {
    name: defaultUser,
    groups: ['adm', 'sudo'],
    shell: '/bin/bash',
    createHome: true,
  });
  files.install('/etc/sudoers.d/90-cloud-init-users', `${defaultUser} ALL=(ALL) NOPASSWD:ALL\n`, 0o440);
  return user;
}
