import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SearchOptions } from './files.ts';
import { lintConfig } from './lint.ts';
import { writeFiles } from './testing.ts';

const SALT = {
  'cloud.providers': 'a: {driver: scaleway, token: hidden-token, access_key: k, project_id: p}\n',
  'cloud.profiles': `web: {provider: a, image: i, tty: True}
db: {extends: web, tty: True}
cache: {extends: web, tty: True, deploy: False}
`,
};

/** The findings as `group: message @places`, those about Salt's ways left out unless asked for. */
async function lint(files: Readonly<Record<string, string>>, options: Partial<SearchOptions> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-lint-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFiles(cwd, files);
  for (const name of Object.keys(files)) chmodSync(join(cwd, name), name === 'open.yaml' ? 0o644 : 0o600);
  const report = await lintConfig({ cwd, env: {}, home: cwd, etc: join(cwd, 'etc'), saltDir: '.', ...options });
  const lines = report.findings.map(({ group, message, places }) => {
    const where = places.map(({ file, line }) => `${file.replace(`${cwd}/`, '')}:${line}`);
    return `${group}: ${message} @${where.join(' ')}`;
  });
  return {
    report,
    told: lines.filter((it) => !it.startsWith('difference')),
    differs: lines.filter((it) => it.startsWith('difference')),
  };
}

test('what many profiles have in common is told once, with all places', async () => {
  const { told, report } = await lint(SALT);
  expect(told.toReversed()).toEqual([
    expect.stringMatching(/^warning: "tty" has no effect: .* @cloud\.profiles:1 cloud\.profiles:2 cloud\.profiles:3$/),
    expect.stringMatching(
      /^warning: nothing installs a minion on machines of "web" and "db": .* @cloud\.profiles:1 cloud\.profiles:2$/,
    ),
  ]);
  expect(report).toMatchObject({ providers: 1, profiles: 3, maps: 0, machines: 0 });
});

test('every map of cloud.maps.d is checked, and those that are named', async () => {
  const files = {
    ...SALT,
    'cloud.maps.d/one.map': 'web: [w1, w2]\n',
    'cloud.maps.d/two.conf': "{% set n = 'w1' %}\nwbe: [x]\ndb:\n  - {{ n }}:\n      map_grains: {a: b}\n",
    'cloud.maps.d/.two.conf.swp': 'x',
    'cloud.maps.d/names.jinja': '{% macro x() %}',
    third: 'cache: [c1]\ninclude: none\n',
  };
  const { told, differs, report } = await lint(files, { map: 'third' });
  expect(report).toMatchObject({ maps: 3, machines: 4 });
  expect(told.filter((it) => !/tty|installs/.test(it))).toEqual([
    'error: there is no profile "wbe" @cloud.maps.d/two.conf:2',
    'deprecated: "map_grains" is an old spelling of "grains" @cloud.maps.d/two.conf:5',
    'warning: "include: none" names no file @third:2',
    expect.stringMatching(
      /^warning: a machine of that name is in several maps.* @cloud\.maps\.d\/one\.map:1 cloud\.maps\.d\/two\.conf:4$/,
    ),
  ]);
  expect(differs.join('\n')).toMatch(/machines under a profile that does not exist.* @cloud\.maps\.d\/two\.conf:2/);
  expect(differs.join('\n')).toMatch(/a map with `include` has its own machines too.* @third:0/);
  expect(differs.join('\n')).toMatch(/machines are made at once.* @cloud\.maps\.d\/one\.map:0$/m);
});

test('a difference is told where it matters alone', async () => {
  const { differs } = await lint(SALT);
  expect(differs.map((it) => it.split(/[;:] ?/)[1]?.trim())).toEqual([
    'the SSH host keys of machines are verified',
    'a command that fails ends with an exit code above 0',
  ]);
  const { differs: ours } = await lint(
    { 'f.yaml': 'providers: {p: {driver: memory}}\n' },
    { saltDir: undefined, files: ['f.yaml'] },
  );
  expect(ours).toEqual([]);
});

test('secrets that everybody can read, and one account under two names', async () => {
  const provider = '{driver: memory, token: hidden-token}';
  const files = {
    'open.yaml': `providers: {a: ${provider}, b: ${provider}}\n`,
    'private.yaml': `providers: {c: ${provider}}\n`,
  };
  const found = await lint(files, { saltDir: undefined, files: Object.keys(files) });
  expect(found.told).toEqual([
    expect.stringMatching(
      /^warning: providers with one and the same account .* @open\.yaml:1 open\.yaml:1 private\.yaml:1$/,
    ),
    'warning: everybody on this computer can read the secrets in this file @open.yaml:0',
  ]);
  const named = { 'open.yaml': `providers: {a: {driver: memory, token: "\${T}"}}\n` };
  expect((await lint(named, { saltDir: undefined, files: ['open.yaml'], env: { T: 'hidden-token' } })).told).toEqual(
    [],
  );
  expect(JSON.stringify(found.report)).not.toContain('hidden-token');
});

test('the usual place is checked when nothing is named', async () => {
  const files = { 'etc/salt/cloud.providers': SALT['cloud.providers'], 'etc/salt/cloud.maps.d/x': 'wub: [a]\n' };
  const { told } = await lint(files, { saltDir: undefined });
  expect(told).toEqual(['error: there is no profile "wub" @etc/salt/cloud.maps.d/x:1']);
});
