import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ansibleHost, ansibleList, ansibleYaml } from './ansible.ts';
import type { Host, SshFiles } from './host.ts';
import { hostsFile } from './hosts.ts';
import { prometheus } from './prometheus.ts';
import { saltRoster } from './salt-roster.ts';
import { sshConfig } from './ssh-config.ts';
import { knownHosts, optionWords } from './ssh-options.ts';

const files: SshFiles = { knownHosts: '/home/ann/known_hosts', identity: null };
const jump = { host: '198.51.100.1', port: 2222, user: 'hop', hostKeys: ['ssh-ed25519 JUMP'] };

function host(name: string, ssh: Partial<Host['ssh']> = {}, more: Partial<Host> = {}): Host {
  return {
    id: `01J${name.toUpperCase()}`,
    name,
    provider: { id: '01P', name: 'my-paris' },
    profile: { id: '01F', name: 'web' },
    status: 'ready',
    map: '/srv/fleet/prod.map.yml',
    asked: { image: null, size: null, tags: ['role=web'], deploy: null },
    location: 'fr-par-1',
    size: 'DEV1-S',
    imageName: 'Debian Bookworm',
    arch: 'x86_64',
    nativeId: 'native-1',
    ssh: { host: '192.0.2.1', port: 22, user: 'root', hostKeys: ['ssh-ed25519 KEY'], jump: null, ...ssh },
    ...more,
  } as Host;
}

test('known hosts are known by what is never given away: the machine, not its name or address', () => {
  const text = knownHosts([host('web-1', { jump }), host('web-2', { hostKeys: ['ssh-ed25519 A', 'ssh-rsa B'], jump })]);
  expect(text.split('\n')).toEqual([
    'saltern-01jweb-1 ssh-ed25519 KEY',
    'saltern-jump-198.51.100.1-2222 ssh-ed25519 JUMP',
    'saltern-01jweb-2 ssh-ed25519 A',
    'saltern-01jweb-2 ssh-rsa B',
    '',
  ]);
});

test('no format ever turns the host key check off, and none speaks of a key that is not known', async () => {
  const hosts = [host('web-1'), host('new-1', { hostKeys: [] }), host('in-1', { jump })];
  for (const render of [ansibleYaml, ansibleList, ansibleHost, saltRoster, sshConfig]) {
    const text = await render(hosts, files);
    expect(text).not.toMatch(/StrictHostKeyChecking[ =](no|off|accept-new)|\/dev\/null/i);
  }
  expect(optionWords(host('new-1', { hostKeys: [] }), files)).toEqual([]);
});

test('ssh_config(5): a block for each machine and one for the jump host they share', async () => {
  const odd = { knownHosts: '/home/ann b/100%/known"hosts', identity: '/k' };
  const text = await sshConfig([host('web-1', { jump }), host('odd name')], odd);
  expect(text).toBe(`# Written by \`saltern inventory\`: write it again rather than change it.

Host saltern-jump-198.51.100.1-2222
  HostName 198.51.100.1
  Port 2222
  User hop
  HostKeyAlias saltern-jump-198.51.100.1-2222
  UserKnownHostsFile "/home/ann b/100%%/known\\"hosts"
  StrictHostKeyChecking yes
  IdentityFile /k
  IdentitiesOnly yes

Host web-1
  HostName 192.0.2.1
  Port 22
  User root
  HostKeyAlias saltern-01jweb-1
  UserKnownHostsFile "/home/ann b/100%%/known\\"hosts"
  StrictHostKeyChecking yes
  IdentityFile /k
  IdentitiesOnly yes
  ProxyJump saltern-jump-198.51.100.1-2222

# Left out: "odd name" cannot be a Host.
`);
});

test('options survive every splitting on their way to ssh, and to the ssh of the jump host', async () => {
  const odd = { knownHosts: "/home/o'neil b/50%/known", identity: null };
  const { ansible_ssh_common_args: args } = JSON.parse(await ansibleHost([host('web-1', { jump })], odd));
  const words = shellSplit(args);
  expect(words.filter((_, i) => i % 2 === 0)).toEqual(['-o', '-o', '-o', '-o']);
  const known = `UserKnownHostsFile="/home/o'neil b/50%%/known"`;
  expect(words[3]).toBe(known);
  const proxy = words[7]?.replace(/^ProxyCommand=/, '').replaceAll('%%', '%') ?? '';
  expect(shellSplit(proxy.replace(/^ssh /, ''))).toEqual([
    ...['-o', 'HostKeyAlias=saltern-jump-198.51.100.1-2222', '-o', known, '-o', 'StrictHostKeyChecking=yes'],
    ...['-p', '2222', '-l', 'hop', '-W', '[%h]:%p', '198.51.100.1'],
  ]);
});

test('Ansible: groups in words that it allows, variables once for each machine', async () => {
  const inventory = JSON.parse(await ansibleList([host('web-1'), host('web-2')], { ...files, identity: '/k' }));
  expect(Object.keys(inventory)).toEqual([
    ...['_meta', 'all', 'provider_my_paris', 'profile_web', 'map_prod_map', 'status_ready'],
    ...['image_debian_bookworm', 'tag_role_web'],
  ]);
  expect(inventory.profile_web).toEqual({ hosts: ['web-1', 'web-2'] });
  expect(inventory._meta.hostvars['web-1']).toMatchObject({
    ansible_ssh_private_key_file: '/k',
    saltern_map: '/srv/fleet/prod.map.yml',
  });
  expect(await ansibleHost([], files)).toBe('{}\n');
  const file = parse(await ansibleYaml([host('web-1')], files));
  expect(file.all.children.profile_web).toEqual({ hosts: { 'web-1': {} } });
});

test('a roster: sudo for those who are not root, the key only when there is one', async () => {
  const hosts = [host('web-1'), host('deb-1', { user: 'debian', port: 2200 })];
  const roster = parse(await saltRoster(hosts, files));
  expect(roster['web-1']).toMatchObject({ host: '192.0.2.1', user: 'root', port: 22 });
  expect(roster['web-1']).not.toHaveProperty('sudo');
  expect(roster['web-1']).not.toHaveProperty('priv');
  expect(roster['deb-1']).toMatchObject({ user: 'debian', port: 2200, sudo: true });
  expect(roster['web-1'].ssh_options).toContain('UserKnownHostsFile=/home/ann/known_hosts');
  expect(parse(await saltRoster(hosts, { ...files, identity: '/k' }))['web-1'].priv).toBe('/k');
});

test('hosts(5) and Prometheus take addresses as they need them', async () => {
  const hosts = [host('web-1'), host('six-1', { host: '2001:db8::7' }), host('dns-1', { host: 'box.example' })];
  expect(await hostsFile(hosts, files)).toBe(
    '# Written by `saltern inventory`\n192.0.2.1\tweb-1\n2001:db8::7\tsix-1\n' +
      '# Left out: dns-1 is reached at "box.example", which is no address.\n',
  );
  const targets = JSON.parse(await prometheus(hosts, files));
  expect(targets.map((one: { targets: string[] }) => one.targets[0])).toEqual([
    '192.0.2.1:9100',
    '[2001:db8::7]:9100',
    'box.example:9100',
  ]);
  expect(targets[0].labels).toMatchObject({ machine: 'web-1', provider: 'my-paris', profile: 'web' });
});

/** As a POSIX shell splits it. */
function shellSplit(text: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}
