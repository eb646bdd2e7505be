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
  expect(told.split('\n')[0]).toContain('warning: nothing installs a minion on machines of "scaleway-ubuntu"');
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
    'etc/salt/cloud.profiles.d/web.conf': 'web: {provider: a, image: i, deploy: False}\n',
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

/** What is the matter → providers file → profiles file → what is told of it, first lines only. */
const TOLD: readonly (readonly [string, string, string, string])[] = [
  [
    'the script that installs a minion',
    'a: {driver: x}\n',
    'web: {provider: a, image: i, script: bootstrap-salt}\n',
    'cloud.profiles:1:30: warning: "script: bootstrap-salt" has no effect: minions are not installed yet',
  ],
  [
    'no script, thus the one that installs a minion',
    'a: {driver: x}\n',
    'web: {provider: a, image: i}\n',
    'cloud.profiles:1:1: warning: nothing installs a minion on machines of "web": the script that Salt would run is not run yet',
  ],
  [
    'a script that is a template and asks for one machine',
    'a: {driver: x}\n',
    'web: {provider: a, image: i, script: t}\n',
    'cloud.deploy.d/t.sh:2:9: error: "vm.name" is not defined',
  ],
  [
    'a driver that the provider has not',
    'a: {driver: x}\n',
    'web: {provider: "a:y", image: i, deploy: False}\n',
    'cloud.profiles:1:17: error: provider "a" has the driver "x", not "y"',
  ],
  [
    'an unknown provider: Salt drops such profiles without a word',
    'my-config: {driver: x}\n',
    'web: {provider: my-confg, image: i}\n',
    'cloud.profiles:1:17: error: there is no provider "my-confg"',
  ],
  ['a tab', 'a:\n\tdriver: x\n', '', 'cloud.providers:2:1: error: a tab is used to indent'],
  ['a list of providers', '- driver: x\n', '', 'cloud.providers:1:1: error: the file is a list'],
  ['a list of profiles', '', '- web\n', 'cloud.profiles:1:1: error: the file is a list'],
  ['a profile that is a list', 'a: {driver: x}\n', 'web: [a]\n', 'cloud.profiles:1:1: error: profiles.web is a list'],
  [
    'an alias used twice',
    'a: {driver: x}\na: {driver: y}\n',
    '',
    'cloud.providers:2:1: error: the key a is there already',
  ],
  [
    'the oldest spelling',
    'RACKSPACE.user: joe\n',
    '',
    'cloud.providers:1:1: error: "RACKSPACE.user" is how a provider was written before providers had names',
  ],
  [
    'another default_include',
    'default_include: x/*\n',
    '',
    'cloud.providers:1:1: error: "default_include" is not supported',
  ],
  ['nothing there', '', '', ''],
];

test.each(TOLD)('%s', async (_, providers, profiles, expected) => {
  const { problems, told } = await salt(providers, profiles, {
    'cloud.deploy.d/t.sh': '#!/bin/sh\necho {{ vm.name }}\n',
  });
  expect(told.split('\n')[0]).toBe(expected);
  expect(problems).toHaveLength(expected === '' ? 0 : 1);
});

test('a directory without any of the files', async () => {
  const { told } = await loadFrom({ 'empty/x': '' }, { saltDir: 'empty' });
  expect(told).toBe(
    'empty: error: this directory has no cloud.providers or cloud.profiles, nor files *.conf in their .d directories',
  );
});

test('files are included from beside, by wildcards and from those included, each once', async () => {
  const { told, providers, profiles } = await salt('include: more/*.conf\n', 'include: [~/p.conf, nowhere.conf]\n', {
    'more/a.conf': 'a: {driver: x}\ninclude: b.conf\n',
    'more/b.conf': 'b: {driver: x}\n',
    'home/p.conf': 'web: {provider: b, image: i, deploy: False}\n',
  });
  expect(providers.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  expect(profiles.map(({ origin }) => origin)).toEqual(['./home/p.conf:1']);
  expect(told).toBe(`cloud.profiles:1:21: warning: "include: nowhere.conf" names no file
  1 | include: [~/p.conf, nowhere.conf …
    |                     ^^^^^^^^^^^^
  hint: Looked for ./nowhere.conf.`);
});

test('files that include each other', async () => {
  const { told } = await salt('include: a.conf\n', '', { 'a.conf': 'include: cloud.providers\nx: {driver: x}\n' });
  expect(told).toBe(`a.conf:1:10: error: the file includes itself: cloud.providers → a.conf → cloud.providers
  1 | include: cloud.providers
    |          ^^^^^^^^^^^^^^^`);
});

test('an alias of two files is told at both', async () => {
  const { told } = await salt('a: {driver: x}\n', '', { 'cloud.providers.d/b.conf': 'a: {driver: y}\n' });
  expect(told.split('\n')[0]).toBe(
    'cloud.providers.d/b.conf:1:1: error: there is a provider "a" already, at cloud.providers:1:1',
  );
});

test('all faults of all files at once', async () => {
  const { problems } = await salt(
    'a: {driver: x}\nb: [1]\nc: {extends: nowhere}\n',
    'd: {extends: d}\ne: {provider: f, image: i}\ng: 1\n',
    {
      cloud: 'x:\n  - :\n  y',
    },
  );
  expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
    'cloud:2',
    'cloud.providers:2',
    'cloud.providers:3',
    'cloud.profiles:1',
    'cloud.profiles:3',
  ]);
});
