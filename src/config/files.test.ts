import { expect, test } from 'vitest';
import { looksLikeMap } from './ours-or-map.ts';
import { loadFrom } from './testing.ts';

const provider = (name: string) => `providers: {${name}: {driver: x}}\n`;

test('the first usual place that has something is read, whole', async () => {
  const files = {
    'saltern.yaml': provider('here'),
    'xdg/saltern/saltern.yaml': provider('own'),
    'xdg/saltern/providers.d/more.yaml': provider('more'),
    'xdg/saltern/providers.d/notes.txt': 'x',
    'etc/saltern/any.yaml': provider('system'),
    'etc/salt/cloud.providers': 'salt: {driver: x}\n',
  };
  const names = async (without: string[]) => {
    const kept = Object.entries(files).filter(([name]) => !without.some((it) => name.startsWith(it)));
    const { providers, told } = await loadFrom(Object.fromEntries(kept), { home: '/nowhere', env: {} });
    expect(told).toBe('');
    return providers.map(({ name }) => name);
  };
  expect(await names([])).toEqual(['here']);
  expect(await names(['saltern.yaml'])).toEqual(['system']);
  expect(await names(['saltern.yaml', 'etc/saltern'])).toEqual(['salt']);
  const home = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name.replace('xdg', 'home/.config'), text]),
  );
  const { 'saltern.yaml': _, ...elsewhere } = home;
  const bundle = await loadFrom(elsewhere, {});
  expect(bundle.providers.map(({ name }) => name)).toEqual(['own', 'more']);
  expect(bundle.files).toEqual(['home/.config/saltern/saltern.yaml', 'home/.config/saltern/providers.d/more.yaml']);
});

test('nothing anywhere is no problem, and it says where it looked', async () => {
  const { problems, providers, looked } = await loadFrom({}, {});
  expect([problems, providers]).toEqual([[], []]);
  expect(looked.map((path) => path.replace(/^.*saltern-config-\w+/, '.'))).toEqual([
    './saltern.yaml',
    './home/.config/saltern',
    './etc/saltern',
    './etc/salt',
  ]);
});

test('a named file or directory that is not there', async () => {
  const { told } = await loadFrom({ 'd/x.txt': '' }, { files: ['nowhere.yaml', 'd'], saltDir: 'salt' });
  expect(told).toBe(`d: error: this directory has no *.yaml file
salt: error: there is no such directory
nowhere.yaml: error: there is no such file`);
});

test("Salt's main file alone is no configuration, unless it is named: it may hold providers", async () => {
  const files = { 'etc/salt/cloud': 'providers: {a: {driver: x}}\n' };
  expect((await loadFrom(files, {})).files).toEqual([]);
  const { told, providers } = await loadFrom(files, { saltDir: 'etc/salt' });
  expect(told).toBe('');
  expect(providers).toMatchObject([{ name: 'a', driver: 'x' }]);
});

test.each([
  ['web: [a, b]\n', true],
  ['{% for i in [1] %}\nweb: [a]\n{% endfor %}\n', true],
  ['providers: {}\n{{ x }}\n', false],
  ['machines: {}\n', false],
  ['profile: {}\n', false],
  ['web: {driver: x}\n', false],
  ['- a\n', false],
  ['a: [\n', false],
  ['', false],
])('whether %j is a Salt map', (text, expected) => {
  expect(looksLikeMap(text)).toBe(expected);
});
