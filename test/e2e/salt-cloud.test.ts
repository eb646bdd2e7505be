import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderNested } from '../../src/cli/compat/salt-cloud/output/nested.ts';
import { EXIT_CODES } from '../../src/client/generated.ts';
import { expectOnly } from './checks.ts';
import type { Scene } from './harness.ts';
import { authorizeController, madeByOthers, terminate } from './others.ts';
import { ALIAS, openSaltScene, SALT_CLOUD, type SaltScene } from './salt-scene.ts';

/** A Salt Cloud user's day: their files, their command, the emulator as the cloud. */
let scene: Scene;
let directory = '';
let { run, done, json, mapFile } = {} as SaltScene;

const MAP = 'debian:\n  - web-1\n  - web-2:\n      size: DEV1-M\n';

beforeAll(async () => {
  ({ scene, directory, run, done, json, mapFile } = await openSaltScene());
});
afterEach(() => scene.emulator.admin.clearFaults());
afterAll(() => scene.close());

test('the files are read as they are: providers, profiles, and the images by id', async () => {
  expect(await done('--list-providers')).toBe(`${ALIAS}:\n    ----------\n    scaleway:\n        ----------\n`);
  expect(await json('--list-profiles all')).toEqual({ debian: { [ALIAS]: {} }, 'scaleway-ubuntu': { [ALIAS]: {} } });
  const listing = await done(`--list-images ${ALIAS}`);
  expect(listing).toMatch(
    new RegExp(
      `^${ALIAS}:\n {4}-{10}\n {4}scaleway:\n {8}-{10}\n {8}[0-9a-f-]{36}:\n {12}-{10}\n {12}arch:\n {16}(x86_64|arm64)\n`,
    ),
  );
  const images = await json(`--list-images ${ALIAS}`);
  expect(`${renderNested(images)}\n`).toBe(listing);
  for (const [id, image] of Object.entries(images[ALIAS].scaleway)) {
    expect(image).toMatchObject({
      id,
      name: expect.any(String),
      arch: expect.any(String),
      public: expect.any(Boolean),
      creation_date: expect.stringMatching(/^20\d\d-/),
      modification_date: expect.stringMatching(/^20\d\d-/),
    });
  }
  expect((await json('--list-sizes all'))[ALIAS].scaleway['DEV1-S']).toMatchObject({
    ram: 2048,
    price: expect.any(Number),
  });
  expect(await json(`-f avail_locations ${ALIAS}`)).toEqual(await json('--list-locations scaleway'));
});

test('an image of 2014 is one clear error that names its successors; nothing is made', async () => {
  const { code, stdout, stderr } = await run('-p scaleway-ubuntu web-1');
  expect([code, stdout]).toEqual([EXIT_CODES.not_found, '']);
  expect(stderr).toMatch(
    /^Error: image Ubuntu Trusty \(14\.04 LTS\) is not known in fr-par-1\n {2}hint: .*ubuntu_noble/m,
  );
  expectOnly(scene, []);
});

test('-p makes machines at once; -Q shows them in the seed’s shape, with INFO lines on stderr', async () => {
  const made = await json('-p debian web-1 db-1');
  expect(Object.keys(made)).toEqual(['web-1', 'db-1']);
  expect(made['web-1']).toMatchObject({
    deployed: true,
    state: 'running',
    size: 'DEV1-S',
    public_ips: [expect.any(String)],
  });
  const { code, stdout, stderr } = await run('-Q -l info');
  expect([code, stderr]).toEqual([0, '[INFO    ] salt-cloud starting\n']);
  const seen = await json('-Q');
  const id = scene.emulator.dump().servers.find(({ name }) => name === 'web-1')?.id;
  expect(stdout).toBe(`${renderNested(seen)}\n`);
  const { deployed, arch, location, ...fields } = made['web-1'];
  expect(seen[ALIAS].scaleway['web-1']).toEqual(fields);
  expect(fields).toMatchObject({ id, hostname: 'web-1', image: 'Debian Bookworm', private_ips: [] });
  expect(fields.creation_date).toMatch(/^20\d\d-\d\d-\d\dT[\d:.]+\+00:00$/);
  const again = await run('-p debian web-1 --out=raw');
  const taken = `web-1 already exists under ${ALIAS}:scaleway`;
  expect([again.code, again.stdout]).toEqual([EXIT_CODES.conflict, `{'web-1': {'Error': '${taken}'}}\n`]);
  expect(again.stderr).toBe(`[ERROR   ] ${taken}\n`);
});

test('-F shows all that is known, -S the fields of query.selection', async () => {
  const full = (await json('-F'))[ALIAS].scaleway['web-1'];
  expect(full).toMatchObject({ managed: true, machine: { profile: 'debian', status: 'ready' }, location: 'fr-par-1' });
  const brief = (await json('-S'))[ALIAS].scaleway;
  expect(brief['web-1']).toEqual({ id: full.id, state: 'running' });
  expect(parse(await done(`-f show_instance ${ALIAS} name=web-1 --out yaml`))[ALIAS].scaleway).toEqual(full);
});

test('a map: Absent, asked in Salt’s words, made, and then Already running', async () => {
  const map = mapFile(MAP);
  expect((await json(`-Q -m ${map}`))[ALIAS].scaleway).toMatchObject({
    'web-1': { state: 'running' },
    'web-2': 'Absent',
  });
  const question = `The following virtual machines already exist:
  web-1
The following virtual machines are set to be created:
  web-2

Proceed? [N/y] `;
  expect(await run(`-m ${map}`, 'n\n')).toMatchObject({ code: 0, stdout: question });
  expectOnly(scene, ['db-1', 'web-1']);
  const made = await run(`-m ${map} --out=json`, 'yes\n');
  expect(made.code, made.stderr).toBe(0);
  expect(JSON.parse(made.stdout.slice(`${question}... proceeding\n`.length))).toMatchObject({
    'web-1': { Message: 'Already running.' },
    'web-2': { deployed: true, size: 'DEV1-M' },
  });
  expect(await json(`-m ${map}`)).toEqual({
    'web-1': { Message: 'Already running.' },
    'web-2': { Message: 'Already running.' },
  });
});

test('actions: by name, by pattern, by map; what does not exist is told in Salt’s lists', async () => {
  const acted = await run('-a stop web-1 nix -y --out=json');
  expect(acted.code).toBe(EXIT_CODES.not_found);
  expect(JSON.parse(acted.stdout)).toEqual({
    [ALIAS]: { scaleway: { 'web-1': { success: true, action: 'stop', state: 'stopped' } } },
    'Not Found': ['nix'],
    'Not Actioned/Not Running': ['nix'],
  });
  const asked = await run(`-a start -m ${mapFile(MAP)}`, 'n\n');
  expect(asked.stdout).toMatch(/actioned with "start":\n {2}web-1\n\nProceed\?/);
  expect((await json('-a start -y web-*'))[ALIAS].scaleway['web-1'].state).toBe('running');
  const invalid = await run('-a frobnicate web-1 -y --out=json');
  expect([invalid.code, JSON.parse(invalid.stdout)]).toEqual([
    EXIT_CODES.unsupported,
    { 'Invalid Actions': { 'scaleway.frobnicate': ['web-1'] } },
  ]);
});

test('an instance that others made is shown beside ours and never destroyed', async () => {
  const [id = ''] = await madeByOthers(scene, ['web-1']);
  const shown = (await json('-Q'))[ALIAS].scaleway;
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(['web-1', `web-1 (${id})`]));
  const [other = ''] = await madeByOthers(scene, ['theirs']);
  const refused = await run('-d theirs db-1 -y');
  expect([refused.code, refused.stdout]).toEqual([EXIT_CODES.conflict, '']);
  expect(refused.stderr).toContain(`hint: Take it over first: saltern machine import --provider ${ALIAS} ${other}`);
  const map = mapFile('debian: [theirs, web-1]\n');
  const left = await run(`-m ${map} -y --out=json`);
  expect(left.code).toBe(EXIT_CODES.conflict);
  expect(JSON.parse(left.stdout)).toMatchObject({ theirs: { Error: expect.any(String) } });
  await terminate(scene, id);
  await terminate(scene, other);
  await expect.poll(() => scene.emulator.admin.dump(false).servers.length).toBe(3);
});

test('an outage is an error, not an empty fleet: nothing is made twice', async () => {
  scene.emulator.admin.addFaults([{ kind: 'error-before', match: { path: '/servers' } }]);
  const asked = await run('-Q --out=json');
  expect([asked.code === 0, asked.stdout, asked.stderr]).toEqual([
    false,
    '{}\n',
    expect.stringMatching(/^\[ERROR {3}\] my-scaleway-config: /),
  ]);
  const map = await run(`-m ${mapFile(MAP)} -y`);
  expect(map.code).not.toBe(0);
  scene.emulator.admin.clearFaults();
  expectOnly(scene, ['db-1', 'web-1', 'web-2']);
});

test('--hard is locked until the main file opens it, and then ends only what this map made', async () => {
  const map = mapFile('debian: [web-1]\n');
  const locked = await run(`-m ${map} -H -y`);
  expect([locked.code, locked.stderr]).toEqual([
    EXIT_CODES.forbidden,
    expect.stringContaining("setting 'enable_hard_maps' to True"),
  ]);
  writeFileSync(join(directory, 'cloud'), 'enable_hard_maps: True\n');
  const asked = await run(`-m ${map} -H`, 'n\n');
  expect(asked.stdout).toContain('The following virtual machines are set to be destroyed:\n  web-2\n\nProceed?');
  const ended = await run(`-m ${map} -H -y --out=json`);
  expect(JSON.parse(ended.stdout)).toMatchObject({ [ALIAS]: { scaleway: { 'web-2': true } } });
  expectOnly(scene, ['db-1', 'web-1']);
  scene.emulator.admin.clearRequests();
  const typo = await run(`-m ${mapFile('debain: [web-1]\n')} -H -y`);
  expect([typo.code, typo.stderr]).toEqual([
    EXIT_CODES.invalid,
    expect.stringMatching(/fleet\.map:1:1: [\s\S]*debian/),
  ]);
  expect(scene.emulator.admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  expectOnly(scene, ['db-1', 'web-1']);
});

test('--no-deploy and --script-args change what runs on the machines of this command', async () => {
  expect((await json('-p debian bare-1 --no-deploy'))['bare-1']).toMatchObject({ deployed: false, state: 'running' });
  const made = await run('-p debian args-1 --out=quiet --script-args', '', ['one "two three"']);
  expect([made.code, made.stdout], made.stderr).toEqual([0, '']);
  const { items } = await scene.client.request('GET', '/v1/machines', { query: { name: 'args-1' } });
  expect(items.map(({ profile, map }) => [profile?.name, map])).toEqual([['debian', null]]);
  const log = await scene.cli(['operation', 'log', items[0]?.operation ?? '']);
  expect(log.stdout).toContain('set up args-1 one two three');
});

test('-d asks, tells what is not there, and ends the rest; the exit code is honest unless told otherwise', async () => {
  const nobody = await run('-d web-1');
  expect([nobody.code, nobody.stderr]).toEqual([EXIT_CODES.invalid, expect.stringContaining('hint: Give -y')]);
  const asked = await run('-d web-1 nix', 'n\n');
  expect([asked.code, asked.stdout]).toEqual([
    0,
    `The following virtual machines are set to be destroyed:\n  ${ALIAS}:\n    scaleway:\n      web-1\n\nProceed? [N/y] `,
  ]);
  const some = await run('-d web-1 nix -y --out=json');
  expect([some.code, JSON.parse(some.stdout)]).toEqual([
    EXIT_CODES.not_found,
    { [ALIAS]: { scaleway: { 'web-1': true } }, 'Not Found': ['nix'] },
  ]);
  expect(await run('-d nix -y')).toMatchObject({
    code: EXIT_CODES.not_found,
    stdout: 'No machines were found to be destroyed\n',
  });
  expect((await run('-d nix -y --legacy-exit-codes')).code).toBe(0);
  expect((await run('-d * -y')).code).toBe(0);
  expectOnly(scene, []);
});

test('a machine that is at work on is not destroyed, and nobody is told that it was', async () => {
  scene.emulator.admin.addFaults([{ kind: 'rate-limit', match: { method: 'POST', path: '/servers$' } }]);
  const making = run('-p debian slow-1');
  const found = async () => (await scene.client.request('GET', '/v1/machines', { query: { name: 'slow-1' } })).items;
  await expect.poll(async () => (await found())[0]?.status).toBe('creating');
  const refused = await run('-d slow-1 -y --out=json');
  expect([refused.code, JSON.parse(refused.stdout)]).toEqual([
    EXIT_CODES.conflict,
    { [ALIAS]: { scaleway: { 'slow-1': { Error: expect.stringContaining('is at work on') } } } },
  ]);
  scene.emulator.admin.clearFaults();
  expect((await making).code).toBe(0);
  expect((await run('-d slow-1 -y')).code).toBe(0);
});

test('machines that exist: -b enrols one by its address, -p by a saltify profile; -d lets them be', async () => {
  await authorizeController(scene);
  await madeByOthers(scene, ['box', 'metal']);
  const [box, metal] = scene.emulator.dump().servers.map(({ addresses: [address] }) => address);
  const port = `ssh_port=${scene.emulator.sshPort}`;
  const { box: enrolled } = await json(`-b ${box} box ${port}`);
  expect(enrolled).toMatchObject({ deployed: false, state: 'running', id: `${box}:${scene.emulator.sshPort}` });

  const file = join(directory, 'cloud.profiles.d', 'metal.conf');
  mkdirSync(join(directory, 'cloud.providers.d'));
  writeFileSync(join(directory, 'cloud.providers.d', 'metal.conf'), 'metal:\n  driver: saltify\n');
  const reach = `ssh_host: ${metal}\n  ssh_port: ${scene.emulator.sshPort}\n`;
  writeFileSync(file, `metal:\n  provider: metal\n  deploy: False\n  ${reach}`);
  expect((await json('-p metal metal-1'))['metal-1']).toMatchObject({ state: 'running', deployed: false });
  expect((await json('-Q')).metal.saltify).toMatchObject({ 'metal-1': { state: 'running' } });
  expect(await json('--list-images metal')).toEqual({ metal: { saltify: { Profiles: ['metal'] } } });
  expect(await json('-d metal-1 -y')).toEqual({ metal: { saltify: { 'metal-1': true } } });
  expect(scene.emulator.admin.dump(false).servers.map(({ state }) => state)).toEqual(['running', 'running']);
});

test('mistakes are answered below the usage line with 64, as Salt does; a link of the name works', async () => {
  const usage = 'Usage: salt-cloud [options] <-m MAP | -p PROFILE> <NAME> [NAME2 ...]\n\nsalt-cloud: error: ';
  expect(await run('')).toMatchObject({ code: 64, stderr: `${usage}Nothing was done. Using the proper arguments?\n` });
  const link = join(scene.home, 'salt-cloud');
  symlinkSync(SALT_CLOUD, link);
  expect((await run('--version', '', [], link)).stdout).toMatch(/^salt-cloud 3006/);
  rmSync(link);
});
