import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOnly, machine } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const SALT = ['-c', join(EXAMPLES, 'salt'), '-m', join(EXAMPLES, 'salt', 'web.map')];
const FLEET = ['db-1', 'web-1', 'web-2', 'web-3', 'web-4'];

let scene: Scene;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  scene = await openScene({ clockSpeed: 40 });
  await scene.start();
  env = { ...scene.emulator.env(), SSH_PORT: String(scene.emulator.sshPort) };
});
afterAll(() => scene.close());

async function ran(words: readonly string[], code = 0): Promise<string> {
  const answer = await scene.cli(words, env);
  expect(answer.code, `saltern ${words.join(' ')}\n${answer.stderr}`).toBe(code);
  return answer.stdout;
}

test('fleet.yaml: planned over what `npm start` makes, applied, and then as wanted', { timeout: 60_000 }, async () => {
  const demo = ['machine', 'create', 'web-1', 'web-2', 'web-3', '-p', 'web'];
  await ran([...demo, '-f', join(EXAMPLES, 'saltern.yaml')]);
  const map = ['-f', join(EXAMPLES, 'fleet.yaml')];
  const { actions } = JSON.parse(await ran(['plan', ...map, '-o', 'json'], 2));
  const shown = actions.map(({ name, action }: Record<string, string>) => `${action} ${name}`);
  expect(shown.sort()).toEqual(['change web-1', 'change web-2', 'create db-1', 'create web-4', 'keep web-3']);
  await ran(['apply', ...map, '--yes']);
  expectOnly(scene, FLEET);
  expect(await machine(scene, 'db-1')).toMatchObject({ status: 'ready', size: 'DEV1-M', protected: true });
  await ran(['plan', ...map]);
});

test('salt/: nothing to mend in it, and the map is made with the words of Salt Cloud', {
  timeout: 60_000,
}, async () => {
  const { findings } = JSON.parse(await ran(['config', 'lint', ...SALT, '-o', 'json']));
  expect(findings.filter(({ group }: Record<string, string>) => group !== 'difference')).toEqual([]);
  const made = JSON.parse(await ran(['salt-cloud', ...SALT, '-y', '--out', 'json']));
  expect(Object.keys(made)).toEqual(['salt-db-1', 'salt-web-1', 'salt-web-2']);
  expectOnly(scene, [...FLEET, ...Object.keys(made)]);
  const { files } = scene.emulator.dump().servers.find(({ name }) => name === 'salt-db-1')?.machine ?? {};
  expect(files?.['/srv/saltern/marker']).toMatch(/^salt /);
  expect(files?.['/etc/salt/grains']).toContain('role: database');
});
