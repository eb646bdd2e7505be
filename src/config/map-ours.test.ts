import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

const FILE = `providers: {p: {driver: memory}, metal: {driver: ssh}}
profiles:
  web:
    provider: p
    image: debian
    size: small
    tags: [a]
    ssh: {users: root, port: 2222}
    user_data: hello
    deploy: [script: {content: 'true'}]
    options: {volumes: {one: 1, two: 2}}
  old: {provider: metal}
machines:
`;

const load = async (machines: string, file = FILE) => {
  const { maps, told, locate } = await loadFrom({ 'saltern.yaml': file + machines, data: 'hi' });
  return { told, locate, machines: maps.flatMap((it) => it.machines).map(({ origin, ...it }) => it) };
};

test('machines with a profile, what they want otherwise, and what they need', async () => {
  const { told, machines, locate } = await load(`  db-1: {profile: web}
  web-1:
    profile: web
    requires: [db-1]
    protect: true
    size: big
    tags: []
    ssh: {port: 22}
    user_data_file: data
    options: {volumes: {two: 3}}
  old-1: {profile: old, requires: web-1, options: {host: 192.0.2.1}}
`);
  expect(told).toBe('');
  expect(machines).toEqual([
    { name: 'db-1', profile: 'web' },
    {
      name: 'web-1',
      profile: 'web',
      requires: ['db-1'],
      overrides: {
        size: 'big',
        protected: true,
        tags: [],
        ssh: { users: ['root'], port: 22 },
        userData: 'hi',
        options: { volumes: { one: 1, two: 3 } },
      },
    },
    { name: 'old-1', profile: 'old', requires: ['web-1'], overrides: { options: { host: '192.0.2.1' } } },
  ]);
  expect(locate('map.machines.web-1.overrides.size')).toMatchObject({ line: 19, column: 5 });
  expect(locate('machines.web-1.profile')).toMatchObject({ line: 16 });
  expect(locate('map.machines.db-1.overrides.size')).toMatchObject({ line: 14 });
});

test('a machine of ours may be under a profile of Salt Cloud', async () => {
  const { told, maps } = await loadFrom(
    {
      'cloud.providers': 'p: {driver: memory}\n',
      'cloud.profiles': 'web: {provider: p, image: debian, size: small, script: s, ssh_port: 2222}\n',
      'cloud.deploy.d/s.sh': 'true\n',
      'ours.yaml': 'machines: {x: {profile: web, size: big, ssh: {users: admin}}}\n',
    },
    { files: ['ours.yaml'], saltDir: '.' },
  );
  expect(told).toBe('');
  expect(maps[0]?.machines[0]?.overrides).toEqual({ size: 'big', ssh: { users: ['admin'], port: 2222 } });
});

test.each<readonly [string, string, readonly string[]]>([
  ['no profile', '  x: {}\n', ['14:3: error: machines.x has no "profile"']],
  ['profile misspelt', '  x: {profle: web}\n', ['14:7: error: unknown key machines.x.profle']],
  ['an unknown profile', '  x: {profile: wbe}\n', ['14:16: error: there is no profile "wbe"']],
  ['an unknown key', '  x: {profile: web, siez: big}\n', ['14:21: error: unknown key machines.x.siez']],
  ['a wrong value', '  x: {profile: web, size: [1]}\n', ['14:21: error: machines.x.size is a list']],
  ['a provider', '  x: {profile: web, provider: p}\n', ['14:21: error: a machine has the provider of its profile']],
  [
    'an unknown need',
    '  x: {profile: web, requires: [y]}\n',
    ['14:32: error: "requires" names "y", which is not in the map'],
  ],
  ['a circle', '  x: {profile: web, requires: x}\n', ['14:31: error: "requires" leads in a circle: x → x']],
  ['a name twice', '  x: {profile: web}\n  x: {profile: old}\n', ['15:3: error: the key x is there already']],
  ['a list', '  - x\n', ['13:1: error: machines is a list']],
  ['nothing', '', []],
])('one error at its line: %s', async (_, machines, expected) => {
  const { told } = await load(machines);
  const found = told.split('\n').filter((line) => /^\S/.test(line));
  expect(found).toEqual(expected.map((it) => `saltern.yaml:${it}`));
});

test('profiles are not missed when a file could not be read', async () => {
  const files = { 'a.yaml': 'profiles: {web: {', 'b.yaml': 'machines: {x: {profile: web}}\n' };
  const { problems } = await loadFrom(files, { files: ['a.yaml', 'b.yaml'] });
  expect(problems.map(({ file }) => file)).toEqual(['a.yaml']);
});

test('a map named alone is for the profiles of the usual place', async () => {
  const files = {
    'etc/salt/cloud.providers': 'p: {driver: memory}\n',
    'etc/salt/cloud.profiles': 'web: {provider: p, image: i, deploy: False}\n',
  };
  const { told, maps, profiles } = await loadFrom({ ...files, 'fleet.map': 'web: [x]\n' }, { files: ['fleet.map'] });
  expect([told, profiles.length, maps[0]?.machines[0]?.name]).toEqual(['', 1, 'x']);
  const alone = await loadFrom({ 'fleet.map': 'web: [x]\n' }, { files: ['fleet.map'] });
  expect(alone.told).toContain('hint: Name the files of the profiles as well, with -f or -c.');
});
