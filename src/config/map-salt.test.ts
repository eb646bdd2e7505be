import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

const PROVIDERS = 'a: {driver: scaleway, token: t, access_key: k, project_id: p}\nb: {driver: saltify}\n';
const PROFILES = `web:
  provider: a
  image: debian
  size: small
  deploy: False
  volumes: {one: 1, two: 2}
  root: {size: {gb: 10}, kind: ssd}
grainy: {provider: a, image: debian, script: s, minion: {master: m, grains: {role: web, dc: par}}}
metal: {provider: b, deploy: False}
other: {provider: a, image: ubuntu, deploy: False}
`;

const load = (map: string, more: Readonly<Record<string, string>> = {}) =>
  loadFrom(
    { 'cloud.providers': PROVIDERS, 'cloud.profiles': PROFILES, 'cloud.deploy.d/s.sh': 'true\n', map, ...more },
    { saltDir: '.', map: 'map' },
  );

/** The machines as `name profile requires overrides`, and what was told. */
async function machines(map: string, more?: Readonly<Record<string, string>>) {
  const { maps, told } = await load(map, more);
  return { told, machines: maps.flatMap((it) => it.machines).map(({ origin, ...it }) => it) };
}

const FORMS: readonly (readonly [string, string])[] = [
  ['a list of names', 'web: [x, y]\n'],
  ['a list with overrides', 'web:\n  - x: {}\n  - y:\n'],
  ['a mapping', 'web: {x: {}, y: }\n'],
  ['names and an odd true', 'web:\n  - x\n  - y: True\n'],
  ['a name each', 'web: x\nother: []\nmetal:\ninclude: more\n'],
  ['Jinja', "web:\n{% for i in ['x', 'y'] %}\n  - {{ i }}\n{% endfor %}"],
];

test.each(FORMS)('the forms of a map: %s', async (_, map) => {
  const { told, machines: found } = await machines(map, { more: 'web: [y]\n' });
  expect(told).toBe('');
  expect(found).toEqual([
    { name: 'x', profile: 'web' },
    { name: 'y', profile: 'web' },
  ]);
});

const OVERRIDES: readonly (readonly [string, string, unknown])[] = [
  ['of a text', 'web: {x: {size: big}}', { size: 'big' }],
  ['that change nothing', 'web: {x: {size: small, provider: a, name: x}}', undefined],
  ['with the driver named', "web: {x: {size: big, provider: 'a:scaleway'}}", { size: 'big' }],
  [
    'of mappings, merged at every depth',
    'web: {x: {root: {size: {gb: 20}}, map_volumes: {two: 3}}}',
    { options: { volumes: { one: 1, two: 3 }, root: { size: { gb: 20 }, kind: 'ssd' } } },
  ],
  ['of an existing machine', 'metal: {x: {ssh_host: 192.0.2.1}}', { options: { host: '192.0.2.1' } }],
  ['of SSH', 'web: {x: {ssh_username: [a, b], ssh_port: 2222}}', { ssh: { users: ['a', 'b'], port: 2222 } }],
];

test.each(OVERRIDES)('overrides %s', async (_, map, expected) => {
  const { told, machines: found } = await machines(map);
  expect(told.replace(/.*old spelling[\s\S]*/, '')).toBe('');
  expect(found).toEqual([
    { name: 'x', profile: expect.any(String), ...(expected !== undefined && { overrides: expected }) },
  ]);
});

test("a machine's grains are merged into its profile's", async () => {
  const { machines: found } = await machines('grainy: {x: {minion: {grains: {dc: ams, n: 1}}}, y: }');
  const steps = found[0]?.overrides?.deploy ?? [];
  const grains = steps.find((step) => step.kind === 'file' && step.path === '/etc/salt/grains');
  expect(grains).toMatchObject({ content: 'role: web\ndc: ams\nn: 1\n' });
  expect(found[1]).toEqual({ name: 'y', profile: 'grainy' });
});

test('requires keeps the names, and a master is needed by all but what it needs itself', async () => {
  const { told, machines: found } = await machines(
    'web: {db: , master: {make_master: True, requires: db}, x: {requires: [db]}}\nother: [y]\n',
  );
  expect(
    told,
  ).toBe(`map:1:13: warning: "master" is made a master: the "master" of the other machines' minions is not filled in by itself
  1 | web: {db: , master: …
    |             ^^^^^^
  hint: Write \`minion: {master: …}\` in their profiles.`);
  expect(found.map(({ name, requires }) => [name, requires])).toEqual([
    ['db', undefined],
    ['master', ['db']],
    ['x', ['master', 'db']],
    ['y', ['master']],
  ]);
});

test('a Salt map may name a profile of ours: it takes overrides field by field', async () => {
  const ours = `providers: {p: {driver: memory}}
profiles: {mine: {provider: p, image: i, deploy: [script: {content: 'true'}], ssh: {users: a, port: 2}, options: {v: {a: 1}}}}
`;
  const { told, maps } = await loadFrom(
    {
      'ours.yaml': ours,
      'fleet.map': 'mine:\n  - x\n  - y: {size: big, ssh_port: 3, v: {b: 2}}\n  - z: {inline_script: [w]}\n',
    },
    { files: ['ours.yaml', 'fleet.map'] },
  );
  expect(told).toBe('');
  expect(maps[0]?.machines.map(({ overrides }) => overrides)).toEqual([
    undefined,
    { size: 'big', ssh: { users: ['a'], port: 3 }, options: { v: { a: 1, b: 2 } } },
    { deploy: [expect.objectContaining({ kind: 'script', content: 'w' })] },
  ]);
});

test('a controller finds the line of what it refuses, also in a template', async () => {
  const { maps, locate } = await load(
    'web:\n{% for i in range(2) %}\n  - x{{ i }}:\n      size: big\n{% endfor %}\nother: [y]\n',
  );
  expect(maps[0]?.name).toMatch(/^\/.*\/map$/);
  expect(maps[0]?.machines.map(({ origin }) => origin.replace(/.*\//, ''))).toEqual(['map:3', 'map:3', 'map:6']);
  const at = (pointer: string) => [locate(pointer)?.line, locate(pointer)?.excerpt];
  expect(at('map.machines.x1.overrides.size')).toEqual([4, '      size: …']);
  expect(at('map.machines.x1.overrides')).toEqual([3, '  - *{{ …']);
  expect(at('map.machines.y.profile')).toEqual([6, 'other: [y …']);
  expect(at('profiles.web.size')[0]).toBe(4);
});

const FAULTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['an unknown profile', 'web: [x]\nwbe: [y]\n', ['map:2:1: error: there is no profile "wbe"']],
  [
    'a name twice, in two profiles of two providers',
    'web: [x]\nmetal:\n  - x\n  - y\nother: [x]\n',
    [
      'map:3:5: error: the machine "x" is in the map already, at map:1',
      'map:5:9: error: the machine "x" is in the map already, at map:1',
    ],
  ],
  ['a name twice in a mapping', 'web:\n  x:\n  y:\n  x:\n', ['map:4:3: error: the key x is there already']],
  ['a profile twice', 'web: [x]\nweb: [y]\n', ['map:2:1: error: the key web is there already']],
  [
    'the reserved word',
    'web:\n  - name: x\n',
    ['map:2:5: error: "name" is a reserved word in a map, and cannot be a machine'],
  ],
  ['another name', 'web: {x: {name: y}}\n', ['map:1:17: error: "name" is a reserved word in a map']],
  [
    'another provider',
    'web: {x: {provider: b}}\n',
    ['map:1:21: error: the machine is under a profile of the provider "a"'],
  ],
  [
    'an unknown need',
    'web: {x1: {requires: [x2]}}\n',
    ['map:1:23: error: "requires" names "x2", which is not in the map'],
  ],
  [
    'a circle',
    'web:\n  x: {requires: [y]}\n  y: {requires: z}\n  z: {requires: [x]}\n  w: {requires: [w]}\n',
    [
      'map:4:18: error: "requires" leads in a circle: x → y → z → x',
      'map:5:18: error: "requires" leads in a circle: w → w',
    ],
  ],
  ['a list in a list', 'web: [[x]]\n', ['map:1:7: error: web.0 is a list']],
  ['overrides that are a list', 'web: {x: [size]}\n', ['map:1:7: error: machines.x is a list']],
  ['a list of maps', '- web\n', ['map:1:1: error: the file is a list']],
  ['a wrong value', 'web: {x: {size: [1]}}\n', ['map:1:11: error: machines.x.size is a list']],
  [
    'an old spelling',
    'web: {x: {map_volumes: {}}}\n',
    ['map:1:11: warning: "map_volumes" is an old spelling of "volumes"'],
  ],
  ['a file that includes itself', 'include: map\n', ['map:1:10: error: the file includes itself: ']],
  [
    'an included file that is not there',
    'include: [nowhere]\n',
    ['map:1:11: warning: "include: nowhere" names no file'],
  ],
  ['a fault in an included file', 'include: more\n', ['more:1:1: error: there is no profile "wob"']],
  ['a failing template', 'web:\n  - {{ nam }}\n', ['map:2:8: error: "nam" is not defined']],
  [
    'broken YAML in a template',
    'web:\n{% for i in [1] %}\n\t- x\n{% endfor %}\n',
    ['map:3:1: error: a tab is used to indent'],
  ],
  [
    'an error inside a loop, once for each line of the template',
    'web:\n{% for i in range(50) %}\n  - x{{ i }}:\n      size: [1]\n{% endfor %}\n',
    ['map:4:7: error: machines.x0.size is a list (and so on, 50 times)'],
  ],
];

test.each(FAULTS)('one error at its line: %s', async (_, map, expected) => {
  const { told } = await load(map, { more: 'wob: [x]\n' });
  const found = told.split('\n').filter((line) => /^\S/.test(line));
  expect(found.slice(0, expected.length).map((line, i) => line.slice(0, expected[i]?.length))).toEqual(expected);
  expect(found.length).toBe(expected.length);
});

test('a thousand machines and one error: that error, and fast', async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `  - x${i}: {size: s${i}, requires: [x${(i || 1) - 1}]}\n`);
  lines[0] = '  - x0:\n';
  lines[700] = '  - x699\n';
  const before = process.cpuUsage();
  const { told, maps } = await load(`web:\n${lines.join('')}`);
  const { user, system } = process.cpuUsage(before);
  expect(told.split('\n').filter((line) => /^\S/.test(line))).toEqual([
    'map:702:5: error: the machine "x699" is in the map already, at map:701',
    'map:703:35: error: "requires" names "x700", which is not in the map',
  ]);
  expect(maps[0]?.machines).toHaveLength(999);
  expect((user + system) / 1000).toBeLessThan(3000);
});
