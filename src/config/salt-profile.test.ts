import { expect, test } from 'vitest';
import type { ProfileInput } from './bundle.ts';
import { SALT_KEYS } from './salt-keys.ts';
import { loadFrom } from './testing.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n';

const salt = (files: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  loadFrom({ 'cloud.providers': 'a: {driver: x}\ns: {driver: scaleway}\n', ...files }, { saltDir: '.', env });

/** One profile with these keys, and without those that every profile has. */
async function web(keys: string, more: Record<string, string> = {}, provider = 'a') {
  const profiles = `web: {provider: ${provider}, image: i, script: None, ${keys}}\n`;
  const bundle = await salt({ 'cloud.profiles': profiles, key: KEY, ...more });
  const [profile] = bundle.profiles;
  const { name, provider: _, image, origin, ...rest } = profile ?? ({} as ProfileInput);
  return { ...bundle, profile: rest };
}

const script = (name: string, content: string) => ({ kind: 'script', name, content });
const file = (path: string, content: string, mode: string) => ({ kind: 'file', path, content, mode });
/** Salt calls a minion by the machine's name unless the profile says otherwise. */
const ID = 'id: "{{ machine }}"\n';
const minion = (content: string) => ({ ...file('/etc/salt/minion', content, '0640'), perMachine: true });
const GRAIN = 'grains:\n  salt-cloud:\n    driver: x\n    provider: a:x\n    profile: web\n';

/** What is written → what it becomes, beside `deploy: []` and `options: {}`. */
const BECOMES: readonly (readonly [string, Partial<ProfileInput> | object])[] = [
  ['ssh_username: [admin, root]', { ssh: { users: ['admin', 'root'] } }],
  ['ssh_connect_timeout: 30, wait_for_passwd_timeout: 90', { ssh: { timeoutMs: 90_000 } }],
  [
    'ssh_gateway: 192.0.2.1, ssh_gateway_port: 2200, ssh_gateway_username: jo',
    { ssh: { jump: { host: '192.0.2.1', port: 2200, user: 'jo', hostKey: null } } },
  ],
  ['gateway: {ssh_gateway: g:23}', { ssh: { jump: { host: 'g', port: 23, user: 'root', hostKey: null } } }],
  ['password: p', { login: { password: 'p' } }],
  ['ssh_password: p', { login: { password: 'p' } }],
  ['key_filename: key', { login: { privateKey: KEY } }],
  ['ssh_keyfile: key', { login: { privateKey: KEY } }],
  ['private_key: key, password: p', { login: { password: 'p', privateKey: KEY } }],
  ['inline_script: [a, b], hard_timeout: 60', { deploy: [{ ...script('inline_script', 'a\nb'), timeoutMs: 60_000 }] }],
  ['deploy: False, preflight_cmds: [a], inline_script: [b]', { deploy: [script('inline_script', 'b')] }],
  ['preflight_cmds: a, sudo: True', { deploy: [{ ...script('preflight_cmds', 'a'), sudo: true }] }],
  [
    'preflight_cmds: a, sudo: False, ssh_username: jo',
    { ssh: { users: ['jo'] }, deploy: [script('preflight_cmds', 'a')] },
  ],
  ['minion: {master: m}', { deploy: [minion(`${ID}master: m\n${GRAIN}`)] }],
  ['minion: {id: own}, enable_cloud_grains: False', { deploy: [file('/etc/salt/minion', 'id: own\n', '0640')] }],
  [
    'minion: {master: m, grains: {a: 1, b: 1}}, grains: {b: 2}, master_finger: "a:b", enable_cloud_grains: False',
    {
      deploy: [file('/etc/salt/grains', 'a: 1\nb: 2\n', '0644'), minion(`${ID}master_finger: a:b\nmaster: m\n`)],
    },
  ],
  ['enable_cloud_grains: True', { deploy: [minion(`${ID}${GRAIN}`)] }],
  ['minion: {master: m}, make_minion: False', {}],
  [
    'make_master: True, master: {interface: 0.0.0.0}',
    { deploy: [file('/etc/salt/master', 'interface: 0.0.0.0\n', '0640')] },
  ],
  ['tty: False, known_hosts_file: "", use_winrm: False, start_action: null', {}],
];

test.each(BECOMES)('%s', async (keys, expected) => {
  const { told, profile } = await web(keys);
  expect(told).toBe('');
  expect(profile).toEqual({ deploy: [], options: {}, ...expected });
});

/** What is written → what is told of it, first line only. */
const TOLD: readonly (readonly [string, string])[] = [
  ['start_action: state.highstate', 'warning: "start_action" has no effect: minions are not installed yet'],
  ['sync_after_install: all', 'warning: "sync_after_install" has no effect: minions are not installed yet'],
  ['known_hosts_file: /x', 'warning: "known_hosts_file" has no effect: host keys are always verified'],
  ['ssh_host: h', 'warning: "ssh_host" has no effect: the address is the one that the provider tells'],
  ['win_installer: x.exe', 'error: "win_installer" is not supported'],
  ['deploy_command: x', 'error: "deploy_command" is not supported'],
  ['key_filename: motd', 'error: profiles.web.key_filename names a file that is no private key'],
  ['key_filename: nowhere', 'error: profiles.web.key_filename cannot be read: there is no such file'],
  ['os: setup', 'warning: "os" is the old name of "script"'],
  ['userdata_file: motd, userdata_template: mako', 'error: the renderer "mako" is not here'],
  ['master: {a: 1}', 'warning: "master" is used only with `make_master: True`, which is not said here'],
  ['userdata_template: jinja', 'warning: "userdata_template" has no effect without "userdata_file"'],
  ['ssh_gateway: "a b"', 'error: profiles.web.ssh_gateway is not an address'],
];

test.each(TOLD)('%s', async (keys, expected) => {
  const { told, problems } = await web(keys, { motd: 'hi', setup: 'true' });
  expect(told.split('\n')[0]?.replace(/^\S+ /, '')).toBe(expected);
  expect(problems).toHaveLength(1);
});

test("every key of Salt's is honoured or told of: none becomes an option of the driver", async () => {
  for (const key of Object.keys(SALT_KEYS)) {
    const { profiles, problems } = await web(`${key}: {odd: [1]}`);
    expect([key, profiles[0]?.options]).toEqual([key, profiles[0] && {}]);
    const honoured = [
      'minion',
      'grains',
      'master',
      'requires',
      'gateway',
      'script_env',
      'file_map',
      'userdata_template',
    ];
    if (!honoured.includes(key)) expect([key, problems.length > 0]).toEqual([key, true]);
  }
});

test('what the profile says wins over its provider, that over the main file; dictionaries are merged', async () => {
  const { told, profiles, locate } = await salt({
    cloud: 'ssh_username: main\nssh_port: 1\nlog_level: debug\nminion: {master: m, a: main, b: main}\n',
    'cloud.conf.d/x.conf': 'ssh_interface: private_ips\n',
    'cloud.providers': 'a: {driver: x, ssh_port: 2, password: of-the-api, minion: {a: provider}}\n',
    'cloud.profiles':
      'web: {provider: a, image: i, script: None, location: l, minion: {b: profile}, enable_cloud_grains: False}\n',
  });
  expect(told).toBe('');
  expect(profiles[0]).toMatchObject({
    ssh: { users: ['main'], port: 2, reach: 'private' },
    deploy: [{ content: `${ID}master: m\na: provider\nb: profile\n` }],
  });
  expect(profiles[0]).not.toHaveProperty('login');
  expect(locate('profiles.web.ssh_port')).toMatchObject({ file: 'cloud.providers', line: 1, column: 16 });
});

test('the main file: what has no effect, or is not known, is told', async () => {
  const { told } = await salt({
    cloud: 'parallel: True\nscrip: x\nproviders_config: y\nenable_hard_maps: True\n',
    'cloud.profiles': '',
  });
  expect(told.split('\n').filter((line) => line.startsWith('cloud:'))).toEqual([
    'cloud:1:1: warning: "parallel" has no effect: machines are made at once, within the limits of the provider',
    'cloud:2:1: warning: "scrip" is not known, and has no effect',
    'cloud:3:1: error: "providers_config" is not supported',
  ]);
});

test('profiles extend each other, in any order and file; what is not whole is there for others only', async () => {
  const { told, profiles } = await salt({
    'cloud.profiles': 'leaf: {extends: mid, size: s}\n',
    'cloud.profiles.d/a.conf': 'mid: {extends: base, image: i, script_env: {B: 2}, tags: [b]}\n',
    'cloud.profiles.d/b.conf': 'base: {provider: a, script: x.sh, script_env: {A: 1, B: 1}, tags: [a]}\n',
    'cloud.deploy.d/x.sh': 'true\n',
  });
  expect(told).toBe('');
  const deploy = [{ ...script('x.sh', 'true\n'), env: { A: '1', B: '2' } }];
  expect(profiles).toEqual([
    {
      name: 'leaf',
      provider: 'a',
      image: 'i',
      size: 's',
      tags: ['b'],
      deploy,
      options: {},
      origin: './cloud.profiles:1',
    },
    { name: 'mid', provider: 'a', image: 'i', tags: ['b'], deploy, options: {}, origin: './cloud.profiles.d/a.conf:1' },
  ]);
});

/** What is wrong → profiles → all that is told. */
const WRONG: readonly (readonly [string, string, string])[] = [
  [
    'a circle, told once',
    'a: {extends: b}\nb: {extends: a}\nc: {extends: a}\n',
    `cloud.profiles:1:5: error: "extends" leads in a circle: a → b → a
  1 | a: {extends: …
    |     ^^^^^^^
  expected: each to extend one that does not extend it
  hint: The others are at cloud.profiles:2.`,
  ],
  [
    'an unknown parent',
    'base: {provider: a, image: i, deploy: False}\nweb: {extends: bse}\n',
    `cloud.profiles:2:16: error: there is no profile "bse" to extend
  2 | web: {extends: bse …
    |                ^^^
  expected: base
  did you mean "base"?`,
  ],
  [
    'no image anywhere',
    'base: {provider: a, deploy: False}\nweb: {extends: base}\n',
    `cloud.profiles:2:1: error: profiles.web has no "image"
  2 | web: …
    | ^^^
  expected: image: …`,
  ],
];

test.each(WRONG)('%s', async (_, profiles, expected) => {
  expect((await salt({ 'cloud.profiles': profiles })).told).toBe(expected);
});

test('scaleway: a number for a size is the root volume, a word is the size', async () => {
  const sizes = async (keys: string) => {
    const { told, profile } = await web(keys, {}, 's');
    return [told.split('\n')[0]?.replace(/^\S+ /, ''), profile.size, profile.options];
  };
  const gigabytes = 'warning: "size" is a number here: it is taken for the gigabytes of the root volume';
  expect(await sizes('size: DEV1-S')).toEqual(['', 'DEV1-S', {}]);
  expect(await sizes('size: 20')).toEqual([gigabytes, undefined, { root_volume: { size_gb: 20 } }]);
  expect(await sizes('size: 20 GB, commercial_type: C1')).toEqual([gigabytes, 'C1', { root_volume: { size_gb: 20 } }]);
  expect(await sizes('size: DEV1-S, commercial_type: C1')).toEqual([
    'warning: "size" has no effect beside "commercial_type"',
    'C1',
    {},
  ]);
});

test('scripts and user data are rendered, with what Salt shows them', async () => {
  const { told, profiles } = await salt({
    'cloud.profiles': `web:
  provider: a
  image: i
  script: t
  minion: {master: m}
  make_minion: False
  userdata_file: u
  userdata_template: jinja
`,
    'cloud.deploy.d/t.sh': 'echo {{ vm.image }} {{ vm["profile"] }} {{ minion }}',
    u: '#cloud-config {{ opts.image }}',
  });
  expect(told).toBe('');
  expect(profiles[0]).toMatchObject({
    deploy: [{ name: 't.sh', content: 'echo i web master: m\n' }],
    userData: '#cloud-config i',
  });
});

test('profiles that are no YAML before their Jinja is rendered; what is YAML stays as it is', async () => {
  const { told, profiles, locate } = await salt({
    cloud: 'zones: {driver: env}\n',
    'cloud.profiles': `{% set image = 'debian' %}
{% for name in ['one', 'two'] %}
{{ name }}:
  provider: a
  image: {{ image }}
  deploy: False
{% endfor %}
`,
    'cloud.profiles.d/x.conf': 'x: {provider: a, image: i, deploy: False, inline_script: "docker ps {{.Names}}"}\n',
  });
  expect(told).toBe('');
  expect(profiles.map(({ name, image, deploy }) => [name, image, deploy.length])).toEqual([
    ['one', 'debian', 0],
    ['two', 'debian', 0],
    ['x', 'i', 1],
  ]);
  expect(locate('profiles.two.provider')).toMatchObject({ file: 'cloud.profiles', line: 4 });
});

test('aliases that stand for far too much spoil the profile they are in, and no other', async () => {
  const bomb = [...'bcdefgh'].map((it, i) => `${it}: &${it} [${`*${'abcdefg'[i]}, `.repeat(4)}]`).join(', ');
  const { told, profiles } = await salt({
    'cloud.profiles': `bomb: {provider: a, image: i, deploy: False, o: {a: &a [1], ${bomb}}}\nweb: {provider: a, image: i, deploy: False}\n`,
  });
  expect(told).toBe('cloud.profiles: error: its aliases (*name) stand for far too much');
  expect(profiles.map(({ name }) => name)).toEqual(['web']);
});

test('a thousand profiles may share what an alias names', async () => {
  const many = Array.from({ length: 1100 }, (_, i) => `w${i}: {extends: base, <<: *one}\n`).join('');
  const { told, profiles } = await salt({
    'cloud.profiles': `base: {provider: a, image: i, deploy: False, one: &one {x: 1}, two: {three: *one}}\n${many}`,
  });
  expect(told).toBe('');
  expect(profiles).toHaveLength(1101);
});
