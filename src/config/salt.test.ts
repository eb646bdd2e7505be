import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

/** Both blocks as the Salt documentation's Scaleway page has them. */
const SEED_PROVIDERS = `# Note: This example is for /etc/salt/cloud.providers or any file in the
# /etc/salt/cloud.providers.d/ directory.

my-scaleway-config:
  access_key: 15cf404d-4560-41b1-9a0c-21c3d5c4ff1f
  token: a7347ec8-5de1-4024-a5e3-24b77d1ba91d
  driver: scaleway
`;
const SEED_PROFILES = `scaleway-ubuntu:
  provider: my-scaleway-config
  image: Ubuntu Trusty (14.04 LTS)
`;

const salt = (providers: string, profiles: string, more: Record<string, string> = {}) =>
  loadFrom({ 'cloud.providers': providers, 'cloud.profiles': profiles, ...more }, { saltDir: '.' });

test('the files of the Salt documentation load as they are', async () => {
  const { told, providers, profiles, locate } = await salt(SEED_PROVIDERS, SEED_PROFILES);
  expect(told).toBe('');
  expect(providers).toEqual([
    {
      name: 'my-scaleway-config',
      driver: 'scaleway',
      settings: {
        access_key: '15cf404d-4560-41b1-9a0c-21c3d5c4ff1f',
        token: 'a7347ec8-5de1-4024-a5e3-24b77d1ba91d',
      },
      from: {},
      origin: './cloud.providers:4',
    },
  ]);
  expect(profiles).toEqual([
    {
      name: 'scaleway-ubuntu',
      provider: 'my-scaleway-config',
      image: 'Ubuntu Trusty (14.04 LTS)',
      deploy: [],
      options: {},
      origin: './cloud.profiles:1',
    },
  ]);
  expect(locate('providers.my-scaleway-config.token')).toMatchObject({ file: 'cloud.providers', line: 6, column: 3 });
});

test('the directories beside are read, *.conf alone, and /etc/salt when nothing else is there', async () => {
  const files = {
    'etc/salt/cloud.providers.d/a.conf': 'a: {driver: x}\n',
    'etc/salt/cloud.providers.d/b.yaml': 'b: {driver: x}\n',
    'etc/salt/cloud.profiles.d/web.conf': 'web: {provider: a, image: i}\n',
  };
  const { told, profiles } = await loadFrom(files, {});
  expect(profiles.map(({ name }) => name)).toEqual(['web']);
  expect(told).toBe(`./etc/salt/cloud.providers.d/b.yaml: warning: this file is not read
  hint: Name it *.conf: Salt reads no other.`);
});

test('the keys of profiles are mapped, the driver judges the rest, a provider passes its profile keys on', async () => {
  const { told, profiles, providers, locate } = await salt(
    'a: {driver: x, project: 9, ssh_username: admin, size: small}\n',
    `web:
  provider: a:x
  image: 22.04
  size: big
  location: par
  tags: [one]
  ssh_port: 2222
  ssh_interface: private_ips
  script: setup
  script_args: -a 'b c' "d\\"e"
  script_env: {K: v}
  preflight_cmds: [first, second]
  inline_script: [last]
  file_map: {./motd: /etc/motd}
  userdata_file: ./user-data
  root_volume: {size: 10}
plain:
  provider: a
  image: i
  deploy: False
  script: setup
`,
    { 'cloud.deploy.d/setup.sh': `echo \${1%%x}\n`, motd: 'hi', 'user-data': '#cloud-config\n' },
  );
  expect(told).toBe('');
  expect(providers[0]?.settings).toEqual({ project: 9 });
  expect(profiles).toEqual([
    {
      name: 'web',
      provider: 'a',
      image: '22.04',
      size: 'big',
      location: 'par',
      tags: ['one'],
      ssh: { users: ['admin'], port: 2222, reach: 'private' },
      deploy: [
        { kind: 'file', path: '/etc/motd', content: 'hi', sudo: true },
        { kind: 'script', name: 'preflight_cmds', content: 'first\nsecond', sudo: true },
        {
          kind: 'script',
          name: 'setup.sh',
          content: `echo \${1%%x}\n`,
          sudo: true,
          args: ['-a', 'b c', 'd"e'],
          env: { K: 'v' },
        },
        { kind: 'script', name: 'inline_script', content: 'last', sudo: true },
      ],
      userData: '#cloud-config\n',
      options: { root_volume: { size: 10 } },
      origin: './cloud.profiles:1',
    },
    {
      name: 'plain',
      provider: 'a',
      image: 'i',
      size: 'small',
      ssh: { users: ['admin'] },
      deploy: [],
      options: {},
      origin: './cloud.profiles:17',
    },
  ]);
  expect(locate('profiles.web.options.root_volume.size')).toMatchObject({ line: 16, column: 17 });
});

test('the old spelling of a driver works, and says so', async () => {
  const { told, providers } = await salt('old:\n  provider: scaleway\n  token: x\n', '');
  expect(providers[0]).toMatchObject({ driver: 'scaleway', settings: { token: 'x' } });
  expect(told).toBe(`cloud.providers:2:3: warning: the driver is called "driver", not "provider", since Salt 2015.8
  2 |   provider: …
    |   ^^^^^^^^
  hint: Write "driver" in its place.`);
});

/** What is not supported yet → providers file → profiles file → what is told of it, first line only. */
const NOT_YET: readonly (readonly [string, string, string, string])[] = [
  [
    'several drivers under one name',
    'a:\n  - driver: x\n  - driver: y\n',
    'web: {provider: a, image: i}\n',
    'cloud.providers:1:1: error: several drivers under one name are not supported yet',
  ],
  [
    'a provider that extends',
    'a: {driver: x}\nb: {extends: a, driver: x}\n',
    '',
    'cloud.providers:2:5: error: "extends" is not supported yet',
  ],
  [
    'a profile that extends',
    'a: {driver: x}\n',
    'web: {provider: a, extends: base}\n',
    'cloud.profiles:1:20: error: "extends" is not supported yet',
  ],
  ['an include', 'include: [more.conf]\n', '', 'cloud.providers:1:1: error: "include" is not supported yet'],
  [
    'sdb',
    'a: {driver: x, token: "sdb://k/v"}\n',
    '',
    'cloud.providers:1:16: error: values from sdb:// are not supported yet',
  ],
  [
    'a minion',
    'a: {driver: x}\n',
    'web: {provider: a, image: i, minion: {master: m}}\n',
    'cloud.profiles:1:30: warning: "minion" has no effect: minions are not installed yet',
  ],
  [
    "a provider's minion",
    'a: {driver: x, minion: {master: m}}\n',
    '',
    'cloud.providers:1:16: warning: "minion" has no effect: minions are not installed yet',
  ],
  [
    'the script that installs a minion',
    'a: {driver: x}\n',
    'web: {provider: a, image: i, script: bootstrap-salt}\n',
    'cloud.profiles:1:30: warning: "script: bootstrap-salt" has no effect: minions are not installed yet',
  ],
  [
    'a script that is a template',
    'a: {driver: x}\n',
    'web: {provider: a, image: i, script: t}\n',
    'cloud.profiles:1:38: error: profiles.web.script is a Jinja template, and those are not rendered yet',
  ],
  [
    'a driver that the provider has not',
    'a: {driver: x}\n',
    'web: {provider: "a:y", image: i}\n',
    'cloud.profiles:1:17: error: provider "a" has the driver "x", not "y"',
  ],
  [
    'an unknown provider',
    'my-config: {driver: x}\n',
    'web: {provider: my-confg, image: i}\n',
    'cloud.profiles:1:17: error: there is no provider "my-confg"',
  ],
  ['a tab', 'a:\n\tdriver: x\n', '', 'cloud.providers:2:1: error: a tab is used to indent'],
  ['nothing there', '', '', ''],
];

test.each(NOT_YET)('%s', async (_, providers, profiles, expected) => {
  const { problems, told } = await salt(providers, profiles, { 'cloud.deploy.d/t.sh': 'echo {{ opts }}\n' });
  expect(told.split('\n')[0]).toBe(expected);
  expect(problems).toHaveLength(expected === '' ? 0 : 1);
});

test('a directory without any of the files', async () => {
  const { told } = await loadFrom({ 'empty/x': '' }, { saltDir: 'empty' });
  expect(told).toBe(
    'empty: error: this directory has no cloud.providers or cloud.profiles, nor files *.conf in their .d directories',
  );
});
