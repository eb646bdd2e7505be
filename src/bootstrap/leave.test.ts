import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { differences, fileTree } from '../../test/support/file-tree.ts';
import type { Bootstrap } from '../core/bootstrap.ts';
import type { DeployStep } from '../core/deploy.ts';
import { systemClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLog } from '../lib/log.ts';
import { createBootstrap } from './index.ts';
import { newKeyPair } from './keys.ts';
import { sshdMissing, startSshd, type TestSshd } from './test-sshd.ts';

const { signal } = new AbortController();
const missing = sshdMissing('home');

describe.skipIf(missing !== null)('a machine that was there before us', () => {
  let sshd: TestSshd;
  let bootstrap: Bootstrap;
  let machine = '';
  let operation = '';
  let serial = 0;
  const ours = newKeyPair('saltern test').publicKey;
  const home = (path: string) => join(sshd.folder, path);
  const target = () => sshd.target({ machine });
  const deploy = (step: DeployStep, remember = true) => {
    serial += 1;
    const context = { key: `${operation}/${serial}/1`, signal, onOutput: () => {}, remember };
    return bootstrap.deploy(target(), step, context);
  };
  const write = (path: string, content: string) => deploy({ kind: 'file', path: home(path), content });
  const leave = () => bootstrap.leave(target(), { operations: [operation], sudo: false }, signal);
  const tree = () => {
    const all = fileTree(sshd.folder);
    for (const path of ['.', 'pid']) all.delete(path);
    return all;
  };

  beforeAll(async () => {
    sshd = await startSshd();
    bootstrap = createBootstrap({ clock: systemClock, log: silentLog });
  });
  afterAll(async () => {
    bootstrap?.close();
    await sshd?.stop();
  });
  beforeEach(() => {
    machine = `leave-${newId()}`;
    operation = newId();
    for (const path of ['.ssh', 'etc', 'made']) rmSync(home(path), { recursive: true, force: true });
    mkdirSync(home('etc'));
  });

  it('is left exactly as it was: files replaced and made, folders, modes, links, keys, our own folders', async () => {
    mkdirSync(home('.ssh'), { mode: 0o755 });
    writeFileSync(home('.ssh/authorized_keys'), 'ssh-ed25519 AAAAtheirs without a line end', { mode: 0o644 });
    writeFileSync(home('etc/a'), 'theirs', { mode: 0o640 });
    symlinkSync('a', home('etc/link'));
    const before = tree();
    expect(await bootstrap.letIn(target(), ours, signal)).toBe('added');
    await write('etc/a', 'ours, first');
    await write('etc/a', 'ours, again');
    await write('etc/link', 'no link any more');
    await write('made/by/us/b', 'new');
    await write('made/by/c', 'new too');
    await deploy({ kind: 'ssh-key', publicKey: newKeyPair('a person').publicKey });
    await deploy({ kind: 'script', name: 'hello', content: 'echo hello' });
    expect(readFileSync(home('.ssh/authorized_keys'), 'utf8').split('\n')).toHaveLength(4);
    expect(differences(before, tree()).length).toBeGreaterThan(6);
    expect(await leave()).toEqual([]);
    expect(differences(before, tree())).toEqual([]);
    expect(existsSync(`/var/lib/saltern/before/${machine}`)).toBe(false);
    expect(await leave()).toEqual([]);
  });

  it('had no authorized_keys: one is made as sshd wants it, and taken away again', async () => {
    const before = tree();
    await bootstrap.letIn(target(), ours, signal);
    expect((statSync(home('.ssh')).mode & 0o777).toString(8)).toBe('700');
    expect((statSync(home('.ssh/authorized_keys')).mode & 0o777).toString(8)).toBe('600');
    expect(await bootstrap.letIn(target(), ours, signal)).toBe('there');
    await leave();
    expect(differences(before, tree())).toEqual([]);
  });

  it('had our key already: it stays', async () => {
    mkdirSync(home('.ssh'), { mode: 0o700 });
    writeFileSync(home('.ssh/authorized_keys'), `from="10.0.0.0/8" ${ours}\n`);
    const before = tree();
    expect(await bootstrap.letIn(target(), ours, signal)).toBe('there');
    expect(await leave()).toEqual([]);
    expect(differences(before, tree())).toEqual([]);
  });

  it('had our key in a comment only: it is added', async () => {
    mkdirSync(home('.ssh'), { mode: 0o700 });
    writeFileSync(home('.ssh/authorized_keys'), `# ${ours}\n`);
    expect(await bootstrap.letIn(target(), ours, signal)).toBe('added');
    await leave();
    expect(readFileSync(home('.ssh/authorized_keys'), 'utf8')).toBe(`# ${ours}\n`);
  });

  it('keeps what others changed since, and says so; of authorized_keys only our line goes', async () => {
    mkdirSync(home('.ssh'), { mode: 0o700 });
    writeFileSync(home('.ssh/authorized_keys'), 'ssh-ed25519 AAAAtheirs a\n', { mode: 0o640 });
    chmodSync(home('.ssh/authorized_keys'), 0o640);
    writeFileSync(home('etc/a'), 'theirs');
    writeFileSync(home('etc/b'), 'theirs');
    await bootstrap.letIn(target(), ours, signal);
    await write('etc/a', 'ours');
    await write('etc/b', 'ours');
    appendFileSync(home('etc/a'), ' and edited');
    rmSync(home('etc/b'));
    appendFileSync(home('.ssh/authorized_keys'), 'ssh-ed25519 AAAAlater b\n');
    expect(await leave()).toEqual([
      `${home('etc/b')} was taken away since: it is left so`,
      `${home('etc/a')} was changed since: it is left as it is`,
      `${home('.ssh/authorized_keys')} was edited since: only our own line was taken out`,
    ]);
    expect(readFileSync(home('etc/a'), 'utf8')).toBe('ours and edited');
    expect(existsSync(home('etc/b'))).toBe(false);
    const keys = 'ssh-ed25519 AAAAtheirs a\nssh-ed25519 AAAAlater b\n';
    expect(readFileSync(home('.ssh/authorized_keys'), 'utf8')).toBe(keys);
    expect((statSync(home('.ssh/authorized_keys')).mode & 0o777).toString(8)).toBe('640');
  });

  it('puts back although a cut came between remembering and writing', async () => {
    writeFileSync(home('etc/a'), 'theirs', { mode: 0o600 });
    const before = tree();
    await write('etc/a', 'ours');
    // As if the rename had not been reached: noted what would be written, and the old file still there.
    writeFileSync(home('etc/a.old'), 'theirs', { mode: 0o600 });
    renameSync(home('etc/a.old'), home('etc/a'));
    expect(await leave()).toEqual([]);
    expect(differences(before, tree())).toEqual([]);
  });

  it('remembers nothing where nothing is to be remembered, and keeps an existing mode', async () => {
    mkdirSync(home('.ssh'), { mode: 0o700 });
    writeFileSync(home('.ssh/authorized_keys'), '', { mode: 0o600 });
    chmodSync(home('.ssh/authorized_keys'), 0o400);
    await deploy({ kind: 'ssh-key', publicKey: ours }, false);
    await deploy({ kind: 'file', path: home('etc/a'), content: 'stays' }, false);
    expect(await leave()).toEqual([]);
    expect(readFileSync(home('.ssh/authorized_keys'), 'utf8')).toBe(`${ours.trim()}\n`);
    expect(readFileSync(home('etc/a'), 'utf8')).toBe('stays');
    expect((statSync(home('.ssh/authorized_keys')).mode & 0o777).toString(8)).toBe('400');
  });

  it('takes only the folders of its own scripts away', async () => {
    const other = newId();
    await bootstrap.deploy(
      target(),
      { kind: 'script', name: 'theirs', content: 'true' },
      { key: `${other}/1/1`, signal, onOutput: () => {} },
    );
    const folders = (one: string) => {
      const base = process.getuid?.() === 0 ? '/var/lib/saltern/steps' : home('.saltern/steps');
      return existsSync(`${base}/${one}-1-1`);
    };
    expect(folders(other)).toBe(true);
    await leave();
    expect(folders(other)).toBe(true);
    await bootstrap.leave(target(), { operations: [other], sudo: false }, signal);
    expect(folders(other)).toBe(false);
  });

  it('tells what it is, under the names of Salt’s grains', async () => {
    const grains = await bootstrap.grains(target(), signal);
    expect(grains).toMatchObject({ kernel: 'Linux', num_cpus: expect.any(Number), mem_total: expect.any(Number) });
    expect(grains).toMatchObject({ fqdn: expect.any(String), os: expect.any(String), virtual: expect.any(String) });
  });
});
