import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeFiles } from '../../config/testing.ts';

const SALTERN = resolve(import.meta.dirname, '../../../bin/saltern');
const SALT = {
  'cloud.providers': 'a: {driver: scaleway, token: hidden-token, access_key: k, project_id: p}\n',
  'cloud.profiles': "web: {provider: a, image: i, script: s, inline_script: ['export password=hidden-word']}\n",
  'cloud.deploy.d/s.sh': 'true\n',
  'fleet.map': 'web:\n  - w1: {size: big}\n  - w2: {requires: [w1]}\n',
};

function scene(files: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-cli-config-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFiles(cwd, files);
  const cli = (...words: string[]) => {
    const env = { PATH: process.env['PATH'], NO_COLOR: '1', A_TOKEN: 'hidden-token' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [SALTERN, 'config', ...words], {
      cwd,
      env,
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  };
  return { cwd, cli };
}

test('lint: one page, places with their file once, and an exit code for errors alone', () => {
  const { cli } = scene({ ...SALT, 'bad.map': 'wbe: [x]\nweb: [y, y]\n' });
  const bad = cli('lint', '-c', '.', '-m', 'bad.map');
  expect(bad).toMatchObject({ code: 64, stderr: 'error: 2 errors in the configuration\n' });
  expect(bad.stdout).toContain(`1 provider, 1 profile, 1 map with 1 machine in 3 files

Errors: nothing is done before they are mended (2)
  there is no profile "wbe"
      at bad.map:1
      did you mean "web"?
  the machine "y" is in the map already, at bad.map:2
`);
  const good = cli('lint', '-c', '.', '-m', 'fleet.map');
  expect([good.code, good.stderr]).toEqual([0, '']);
  expect(good.stdout).toContain('Otherwise than in Salt Cloud (');
  const json = JSON.parse(cli('lint', '-c', '.', '-m', 'bad.map', '-o', 'json').stdout);
  expect(json.findings[0]).toMatchObject({ group: 'error', nearest: 'web', places: [{ file: 'bad.map', line: 1 }] });
});

test('lint: nothing there', () => {
  expect(scene({}).cli('lint', '-f', 'none.yaml')).toMatchObject({ code: 64 });
});

test('import: a file of ours without secrets, which loads; never over another one unless told', () => {
  const { cwd, cli } = scene(SALT);
  const first = cli('import', '-c', '.', '-m', 'fleet.map');
  expect(first.code).toBe(0);
  expect(first.stdout).toBe(`${cwd}/saltern.yaml: 1 provider, 1 profile, 2 machines

Set in the environment before it is loaded:
  A_TOKEN  token of "a", now at cloud.providers:1

Texts that seem to hold secrets, in files for you alone:
  ${cwd}/saltern.files/profiles.web.1
`);
  const text = readFileSync(join(cwd, 'saltern.yaml'), 'utf8');
  expect(text).toMatch(/source: \.\/cloud\.deploy\.d\/s\.sh/);
  expect(text).toMatch(
    /machines:\n {2}w1:\n {4}profile: web\n {4}size: big\n {2}w2:\n {4}profile: web\n {4}requires:\n/,
  );
  expect(text).not.toContain('hidden');
  expect(statSync(join(cwd, 'saltern.files/profiles.web.1')).mode & 0o077).toBe(0);
  expect(cli('check').code).toBe(0);
  expect(cli('import', '-c', '.')).toMatchObject({ code: 7, stderr: expect.stringContaining('is there already') });
  expect(readFileSync(join(cwd, 'saltern.yaml'), 'utf8')).toBe(text);
  expect(cli('import', '-c', '.', '--force').code).toBe(0);
  expect(readFileSync(join(cwd, 'saltern.yaml'), 'utf8')).not.toContain('machines:');
});

test('import: files with errors are not written', () => {
  const { cwd, cli } = scene({ ...SALT, 'cloud.profiles': 'web: {provider: b, image: i}\n' });
  expect(cli('import', '-c', '.').code).toBe(64);
  expect(() => readFileSync(join(cwd, 'saltern.yaml'))).toThrow();
});
