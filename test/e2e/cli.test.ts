import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { nouns, topVerbs } from '../../src/cli/nouns.ts';
import { done, expectOnly, machine, refused } from './checks.ts';
import { openScene, type Scene } from './harness.ts';

/** The commands of one user's week, in order, on one installation. */
let scene: Scene;
let file = '';

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  file = join(scene.home, 'saltern.yaml');
  writeFileSync(join(scene.home, 'setup.sh'), '#!/bin/sh\necho "set up $(hostname)"; echo careful >&2\n');
});
afterAll(() => scene.close());

test('a broken file: each mistake with its place and the nearest word; nothing is saved', async () => {
  writeFileSync(file, config({ provider: 'pariss' }));
  const checked = await scene.cli(['config', 'check', '-f', file], environment());
  expect([checked.code, checked.stdout]).toEqual([64, '']);
  expect(checked.stderr).toMatch(/saltern\.yaml:9:15: error: .*"pariss"[\s\S]*did you mean "paris"\?/);
  writeFileSync(file, config({ zone: 'zome' }));
  const loaded = await scene.cli(['config', 'load', '-f', file], environment());
  expect(loaded.code).toBe(64);
  expect(loaded.stderr).toMatch(/saltern\.yaml:6:\d+: error: the driver "scaleway" does not know "zome"[\s\S]*zone/);
  expect(await done(scene, ['provider', 'list', '-o', 'name'])).toBe('');
});

test('files are loaded, and loading them again changes nothing', async () => {
  writeFileSync(file, config({}));
  const load = () => done(scene, ['config', 'load', '-f', file, '-o', 'csv'], environment());
  expect(await load()).toBe('kind,name,change\r\nprovider,paris,created\r\nprofile,web,created\r\n');
  expect(await load()).toBe('kind,name,change\r\nprovider,paris,unchanged\r\nprofile,web,unchanged\r\n');
  const shown = await done(scene, ['provider', 'show', 'paris', '-o', 'json']);
  expect(shown).not.toContain(environment()['SCW_SECRET_KEY']);
});

test('a plan tells what, where and for how much, and makes nothing', async () => {
  const words = ['machine', 'plan', 'web-1', 'web-2', '-p', 'web'];
  expect(await done(scene, words)).toMatch(
    /Price of all: +0\.0180 EUR\/h, 13\.10 EUR\/month[\s\S]*create web-1[\s\S]*web-2/,
  );
  const plan = JSON.parse(await done(scene, [...words, '-o', 'json']));
  expect(plan).toMatchObject({ size: 'DEV1-S', location: 'fr-par-1', provider: { endpoint: scene.emulator.url } });
  expectOnly(scene, []);
});

test('machines are begun, followed, listed in every format and shown', async () => {
  const begun = await scene.cli(['machine', 'create', 'web-1', 'web-2', '-p', 'web', '--detach']);
  const [, operation = ''] = /saltern operation wait (\w+)/.exec(begun.stderr) ?? [];
  const waited = await scene.cli(['operation', 'wait', operation]);
  expect(waited).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^web-2: done/m) });

  const list = (format: string) => done(scene, ['machine', 'list', '-o', format]);
  expect(await list('name')).toBe('web-1\nweb-2\n');
  expect(await list('table')).toMatch(/^NAME +STATUS +ADDRESS[\s\S]*\nweb-1 +ready +127\./);
  expect(await list('csv')).toMatch(/^name,status,address,.*\r\nweb-1,ready,127\./);
  const rows = JSON.parse(await list('json'));
  expect(rows).toMatchObject([{ name: 'web-1' }, { name: 'web-2' }]);
  expect(parse(await list('yaml'))).toEqual(rows);
  expect(await done(scene, ['machine', 'show', 'web-1'])).toMatch(/Status: +ready\n[\s\S]*Host key: +ssh-ed25519 AAAA/);

  expect(await done(scene, ['operation', 'list'])).toMatch(new RegExp(`${operation} +create-machines +- +succeeded`));
  expect(await done(scene, ['operation', 'show', operation])).toMatch(/web-1 +succeeded/);
  const log = await scene.cli(['operation', 'log', rows[0].operation]);
  expect([log.stdout, log.stderr]).toEqual(['set up web-1\n', expect.stringMatching(/^careful$/m)]);
  expect(await done(scene, ['event', 'list'])).toMatch(/machine\.status +\S+ +name=web-1 status=ready elapsedMs=\d+/);
});

test('stop, start, reboot', async () => {
  const boots = () => scene.emulator.dump().servers.map(({ name, machine }) => `${name} ${machine?.boots}`);
  await done(scene, ['machine', 'stop', 'web-1']);
  expect((await machine(scene, 'web-1')).status).toBe('stopped');
  const again = { code: 'conflict', says: 'web-1 is stopped: it cannot reboot now', hint: 'when it is ready' } as const;
  await refused(scene, ['machine', 'reboot', 'web-1'], again);
  await done(scene, ['machine', 'start', 'web-1']);
  await done(scene, ['machine', 'reboot', 'web-*']);
  expect(boots()).toEqual(['web-1 3', 'web-2 2']);
  expect((await machine(scene, 'web-1')).status).toBe('ready');
});

test('a machine is forgotten, goes on, and is taken over again', async () => {
  const { nativeId } = await machine(scene, 'web-1');
  const forgotten = await scene.cli(['machine', 'forget', 'web-1', '--yes']);
  expect([forgotten.code, forgotten.stderr]).toEqual([0, expect.stringMatching(/^web-1: done/m)]);
  expect(await done(scene, ['machine', 'list', '-o', 'name'])).toBe('web-2\n');
  expect(tagsOf('web-1')).toEqual([]);

  const words = ['machine', 'import', '--provider', 'paris', '-p', 'web', 'web-1'];
  expect(await done(scene, [...words, 'web-2', 'web-3', '--dry-run'])).toMatch(
    /web-1 +import[\s\S]*managed[\s\S]*not found/,
  );
  await done(scene, [...words, '--yes']);
  expect(await machine(scene, 'web-1')).toMatchObject({ nativeId, origin: 'imported', status: 'ready' });
  expect(tagsOf('web-1')).toHaveLength(2);
  const says = 'web-1 was imported: others made it';
  await refused(scene, ['machine', 'destroy', 'web-1', '--yes'], { code: 'conflict', says, hint: '--imported' });
  expectOnly(scene, ['web-1', 'web-2']);
});

test('without a terminal nothing is destroyed unasked', async () => {
  const words = ['machine', 'destroy', 'web-2'];
  await refused(scene, words, { code: 'invalid', says: 'Nobody can answer here', hint: '--yes' });
});

test('a backup put back shows the machines as they were, and what was made since', async () => {
  const copy = join(scene.home, 'copy.db');
  await done(scene, ['backup', copy]);
  await done(scene, ['machine', 'create', 'since', '-p', 'web']);
  await refused(scene, ['restore', copy, '--force'], { code: 'conflict', says: 'is running', hint: 'saltern stop' });
  await done(scene, ['stop']);
  await refused(scene, ['restore', copy], { code: 'conflict', says: 'exists already', hint: '--force' });
  await done(scene, ['restore', copy, '--force']);
  await scene.start();
  expect((await done(scene, ['machine', 'list', '-o', 'name'])).split('\n').sort()).toEqual(['', 'web-1', 'web-2']);

  const found = await done(scene, ['provider', 'reconcile', 'paris']);
  expect(found).toMatch(/orphan +instance +since .* left alone/);
  // web-2 was forgotten and taken over again above: its volume bears an old mark and is nobody's but its own.
  expect(found.trim().split('\n')).toHaveLength(2);
  expect(await done(scene, ['provider', 'reconcile', 'paris', '--fix'])).toMatch(
    /orphan +instance +since .* destroyed/,
  );
  await done(scene, ['machine', 'create', 'web-3', '-p', 'web']);
  await expect.poll(() => scene.emulator.admin.dump(false).servers.length).toBe(3);
  expectOnly(scene, ['web-1', 'web-2', 'web-3']);
});

test('a token is shown once', async () => {
  const token = await done(scene, ['token', 'create', 'ci', '--role', 'operate', '--expires-in', '1d']);
  expect(token).toMatch(/^saltern_\S{32,}\n$/);
  const listed = await done(scene, ['token', 'list', '-o', 'json']);
  expect(JSON.parse(listed)).toMatchObject([{ name: 'ci', role: 'operate' }]);
  expect(listed).not.toContain(token.trim());
  await done(scene, ['token', 'remove', 'ci']);
});

test('a shell on a machine, over its pinned host key', async (context) => {
  const ssh = spawnSync('ssh', ['-V']);
  if (ssh.error) context.skip('the system has no ssh client');
  const { code, stdout } = await scene.cli(['machine', 'ssh', 'web-2', 'hostname; cat /etc/machine-id; exit 7']);
  const server = scene.emulator.dump().servers.find(({ name }) => name === 'web-2');
  expect([code, stdout]).toEqual([7, `web-2\n${server?.machine?.files['/etc/machine-id']}`]);
});

test('completion knows nouns, verbs and machines', async () => {
  const script = join(scene.home, 'completion');
  writeFileSync(script, await done(scene, ['completion']));
  const words = (...typed: string[]) => {
    const line = `. ${script}; COMP_WORDS=(${typed.join(' ')} ""); COMP_CWORD=${typed.length}; _saltern; echo "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', line], { encoding: 'utf8' }).stdout.trim().split(' ');
  };
  expect(words('saltern')).toEqual(expect.arrayContaining(['machine', 'provider', 'serve', 'demo']));
  expect(words('saltern', 'machine')).toEqual(Object.keys(nouns['machine']?.verbs ?? {}));
  rmSync(script);
});

test('every command has a summary and examples that begin with it; help shows them', async () => {
  const entries = Object.entries(nouns).flatMap(([noun, { verbs }]) =>
    Object.entries(verbs).map(([verb, entry]) => [`${noun} ${verb}`, entry] as const),
  );
  for (const [name, entry] of [...entries, ...Object.entries(topVerbs)]) {
    const { summary, examples } = await entry.load();
    expect(summary, name).toMatch(/\.$/);
    expect(examples.length, name).toBeGreaterThan(0);
    for (const example of examples) expect(example).toMatch(new RegExp(`(^|saltern )${name}\\b`));
  }
  const help = await done(scene, ['machine', 'create', '--help']);
  expect(help).toMatch(/Examples:\n {2}\$ saltern machine create web-1 web-2 --profile web\n/);
  const { code, stderr } = await scene.cli(['machine', 'creat']);
  expect([code, stderr]).toEqual([64, expect.stringContaining('Did you mean create?')]);
});

function tagsOf(name: string): readonly string[] | undefined {
  return scene.emulator.admin.dump(false).servers.find((server) => server.name === name)?.tags;
}

/** What the official tools read, as a shell that was turned to the emulator has it. */
function environment(): Record<string, string> {
  return { ...scene.emulator.env(), SSH_PORT: String(scene.emulator.sshPort) };
}

function config({ provider = 'paris', zone = 'zone' }): string {
  return `providers:
  paris:
    driver: scaleway
    access_key: \${SCW_ACCESS_KEY}
    token: \${SCW_SECRET_KEY}
    ${zone}: fr-par-1
profiles:
  web:
    provider: ${provider}
    image: debian_bookworm
    size: DEV1-S
    ssh:
      port: \${SSH_PORT}
    deploy:
      - script: ./setup.sh
`;
}
