import { SalternError } from '../core/error.ts';
import type { Shell, SshTarget } from '../core/shell.ts';
import { address } from './errors.ts';

const ASK_MS = 30_000;

/** Prints `name<TAB>value` lines; what cannot be told is left out. POSIX sh, as busybox has it. */
const ASK = `
  tell() { if [ -n "$2" ]; then printf '%s\\t%s\\n' "$1" "$2"; fi; }
  have() { command -v "$1" >/dev/null 2>&1; }
  tell kernel "$(uname -s)"; tell kernelrelease "$(uname -r)"; tell cpuarch "$(uname -m)"
  tell nodename "$(uname -n)"; tell fqdn "$(hostname -f 2>/dev/null)"
  ( . /etc/os-release 2>/dev/null || exit 0
    tell distribution "\${ID-}"; tell name "\${NAME-}"; tell osrelease "\${VERSION_ID-}"; tell oscodename "\${VERSION_CODENAME-}"
    tell osfullname "\${PRETTY_NAME-}" )
  tell num_cpus "$(getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' /proc/cpuinfo 2>/dev/null)"
  tell mem_kib "$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo 2>/dev/null)"
  if have systemd-detect-virt; then tell virt "$(systemd-detect-virt 2>/dev/null)"
  elif grep -qa container= /proc/1/environ 2>/dev/null; then tell virt container
  elif grep -q '^flags.* hypervisor' /proc/cpuinfo 2>/dev/null; then tell virt "$(cat /sys/class/dmi/id/sys_vendor 2>/dev/null)"
  else tell virt none; fi
  if have ip; then
    ip -o addr show 2>/dev/null | while read -r _ name family address _; do
      case $family in inet|inet6) tell address "$name \${address%%/*}" ;; esac
    done
  fi
  if have salt-minion; then tell saltversion "$(salt-minion --version 2>/dev/null | sed -n '1s/^[^ ]* *//p')"; fi
  tell minion_id "$(cat /etc/salt/minion_id 2>/dev/null)"`;

/** Salt's words for distributions, by the ID of os-release(5): name and family. */
const SYSTEMS: Readonly<Record<string, readonly [os: string, family: string]>> = {
  almalinux: ['AlmaLinux', 'RedHat'],
  alpine: ['Alpine', 'Alpine'],
  amzn: ['Amazon', 'RedHat'],
  arch: ['Arch', 'Arch'],
  centos: ['CentOS', 'RedHat'],
  debian: ['Debian', 'Debian'],
  fedora: ['Fedora', 'RedHat'],
  gentoo: ['Gentoo', 'Gentoo'],
  'opensuse-leap': ['SUSE', 'Suse'],
  'opensuse-tumbleweed': ['SUSE', 'Suse'],
  ol: ['OEL', 'RedHat'],
  raspbian: ['Raspbian', 'Debian'],
  rhel: ['RedHat', 'RedHat'],
  rocky: ['Rocky', 'RedHat'],
  sles: ['SUSE', 'Suse'],
  ubuntu: ['Ubuntu', 'Debian'],
};

/** Salt's words for what a machine runs on, by those of systemd-detect-virt(1). */
const VIRTUAL: Readonly<Record<string, string>> = {
  none: 'physical',
  vmware: 'VMware',
  oracle: 'VirtualBox',
  microsoft: 'HyperV',
  lxc: 'LXC',
  docker: 'container',
  podman: 'container',
  QEMU: 'kvm',
};

/** What the machine tells of itself, under the names of Salt's grains. What it cannot tell is left out. */
export async function collectGrains(
  shell: Shell,
  target: SshTarget,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { stdout, code } = await shell.run({ script: ASK, timeoutMs: ASK_MS }, signal);
  if (!stdout.includes('\t')) {
    throw new SalternError('unavailable', `${address(target)} tells nothing of itself (exit code ${code})`, {
      hint: 'Its user needs a POSIX sh with uname.',
    });
  }
  return grainsOf(stdout);
}

export function grainsOf(answer: string): Record<string, unknown> {
  const told = new Map<string, string>();
  const interfaces: Record<string, string[]> = {};
  for (const line of answer.split('\n')) {
    const [name = '', value = ''] = line.split('\t');
    const [card = '', ip = ''] = value.split(' ');
    if (name === 'address') interfaces[card] = [...(interfaces[card] ?? []), ip];
    else if (name !== '') told.set(name, value.trim());
  }
  const text = (name: string) => told.get(name);
  const count = (name: string) => (/^\d+$/.test(told.get(name) ?? '') ? Number(told.get(name)) : undefined);
  const [os, family] = SYSTEMS[text('distribution') ?? ''] ?? [text('name'), text('name')];
  const memory = count('mem_kib');
  const virt = text('virt');
  const fqdn = text('fqdn') ?? text('nodename');
  const ips = Object.values(interfaces).flat();
  const grains = {
    id: text('minion_id'),
    host: fqdn?.split('.')[0],
    fqdn,
    os,
    os_family: family,
    osrelease: text('osrelease'),
    oscodename: text('oscodename'),
    osfullname: text('osfullname'),
    kernel: text('kernel'),
    kernelrelease: text('kernelrelease'),
    cpuarch: text('cpuarch'),
    num_cpus: count('num_cpus'),
    mem_total: memory === undefined ? undefined : Math.floor(memory / 1024),
    virtual: virt === undefined ? undefined : (VIRTUAL[virt] ?? virt),
    ip_interfaces: interfaces,
    ipv4: ips.filter((ip) => !ip.includes(':')),
    ipv6: ips.filter((ip) => ip.includes(':')),
    saltversion: text('saltversion'),
  };
  return Object.fromEntries(Object.entries(grains).filter(([, value]) => value !== undefined));
}
