import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/client/generated.ts';
import type { Scene } from './harness.ts';
import { ALIAS, openSaltScene, type SaltScene } from './salt-scene.ts';

/** A directory that has grown: beside the provider that is ours, accounts of clouds that nobody here has a driver for. */
let scene: Scene;
let directory = '';
let { run, json, mapFile } = {} as SaltScene;

const OLD = `old-ec2:
  provider: ec2
  id: x
ovh:
  - {driver: openstack, password: hidden-word}
  - {driver: nova, user: u}
`;
const PROFILES = `ec2-web: {provider: old-ec2, image: ami-1, size: m1, script: /nowhere/at-all.sh}
os-web: {provider: 'ovh:openstack', image: d, networks: [{fixed: [a]}]}
`;

beforeAll(async () => {
  ({ scene, directory, run, json, mapFile } = await openSaltScene());
  mkdirSync(join(directory, 'cloud.providers.d'), { recursive: true });
  writeFileSync(join(directory, 'cloud.providers.d/old.conf'), OLD);
  writeFileSync(join(directory, 'cloud.profiles.d/old.conf'), PROFILES);
});
afterAll(() => scene.close());

const saltern = (...words: string[]) => scene.cli([...words, '-c', directory], scene.emulator.env());

test('what is of our drivers is loaded; what is left out is told once', async () => {
  const { code, stdout, stderr } = await saltern('config', 'load', '-o', 'name');
  expect([code, stderr.match(/left out/g)?.length]).toEqual([0, 1]);
  expect(stderr).toMatch(/3 providers .* with 2 profiles: old-ec2 \(ec2\), ovh:openstack, ovh:nova/);
  expect(stdout).toMatch(new RegExp(`^${ALIAS}$`, 'm'));
  expect(stdout).not.toMatch(/ec2|ovh/);
});

test('a map of our own profiles is planned; warnings about other things are counted', async () => {
  const { code, stderr, stdout } = await saltern('plan', '-m', mapFile('debian: [web-1]\n'));
  expect([code, stdout]).toEqual([2, expect.stringContaining('1 to create')]);
  expect(stderr).toMatch(
    /^\d+ warnings? (is|are) about other things in these files: saltern config lint -c .* -m .*fleet\.map$/m,
  );
  expect(stderr).not.toMatch(/ec2|error/);
});

test('asked for, it is an error that says which driver', async () => {
  const planned = await saltern('plan', '-m', mapFile('debian: [web-1]\nec2-web:\n  - e1\nos-web: o1\n'));
  expect(planned.code).toBe(EXIT_CODES.invalid);
  expect(planned.stderr).toMatch(/fleet\.map:2:1: error: the profile "ec2-web" is of the driver "ec2"/);
  expect(planned.stderr).toMatch(/fleet\.map:4:1: error: the profile "os-web" is of the driver "openstack"/);
  const created = await saltern('machine', 'create', 'e1', '-p', 'ec2-web');
  expect([created.code, created.stderr]).toEqual([EXIT_CODES.unsupported, expect.stringContaining('driver "ec2"')]);
});

test('so with the compatible command', async () => {
  expect(await json('--list-providers')).toEqual({ [ALIAS]: { scaleway: {} } });
  const query = await run('-Q');
  expect([query.code, query.stderr]).toEqual([0, expect.stringMatching(/^\[WARNING \] .*left out with 2 profiles/m)]);
  for (const line of ['-p ec2-web e1', '--list-images old-ec2', '-f avail_sizes ovh']) {
    const { code, stderr } = await run(line);
    expect([code, stderr], line).toEqual([
      EXIT_CODES.unsupported,
      expect.stringMatching(/of the driver '?\w+'?, which is not/),
    ]);
  }
});
