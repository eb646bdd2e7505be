import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKeyPair } from '../../src/bootstrap/keys.ts';
import type { EnrolMachines } from '../../src/client/generated.ts';
import { differences } from '../support/file-tree.ts';
import { BOX_PASSWORD, boxesMissing, type SshBox } from '../support/ssh-boxes.ts';
import { homeOf, ISSUE, person, RACKS, startRacks, writeFleet } from '../support/ssh-fleet.ts';
import { openScene, type Scene } from './harness.ts';

const missing = boxesMissing();
describe.skipIf(missing !== null)('five machines that exist', () => {
  let scene: Scene;
  let boxes: SshBox[] = [];
  let fleet: string;
  beforeAll(async () => {
    scene = await openScene({ clockSpeed: 1 });
    boxes = await startRacks();
    await scene.start();
    fleet = writeFleet(scene.home, boxes);
  });
  afterAll(async () => {
    await scene?.close();
    await Promise.all(boxes.map((box) => box.close()));
  });

  const box = (name: (typeof RACKS)[number]) => boxes[RACKS.indexOf(name)] as SshBox;
  const machine = (name: string) =>
    scene.client.request('GET', '/v1/machines/{machine}', { params: { machine: name } });
  const at = (name: (typeof RACKS)[number]) => ({ name, host: '127.0.0.1', port: box(name).port });
  const enrol = async (machine: EnrolMachines['machines'][number]) => {
    const body = { profile: 'rack', machines: [machine] };
    const { operation } = await scene.client.request('POST', '/v1/machines/enrol', { body });
    return scene.ended(operation?.id ?? '');
  };

  const restart = async (env: NodeJS.ProcessEnv) => {
    const ended = new Promise((resolve) => scene.controller().once('exit', resolve));
    scene.controller().kill('SIGKILL');
    await ended;
    return scene.start(env);
  };

  test('are enrolled by one map, by password and by key, deployed at once, forgotten, and nothing else changed', {
    timeout: 60_000,
  }, async () => {
    const before = boxes.map((one) => one.changed());
    const applied = await scene.cli(['apply', '-f', fleet, '--yes']);
    expect(applied.code, applied.stderr).toBe(0);
    rmSync(join(scene.home, 'password'));
    const [operation] = (await scene.client.request('GET', '/v1/operations')).items;
    const { children } = await scene.ended(operation?.id ?? '');
    const latestStart = Math.max(...children.map(({ startedAt }) => startedAt ?? 0));
    expect(children).toHaveLength(5);
    expect(latestStart, 'all at once').toBeLessThan(Math.min(...children.map(({ endedAt }) => endedAt ?? 0)));

    for (const name of RACKS) {
      const seen = await machine(name);
      expect(seen).toMatchObject({ status: 'ready', origin: 'enrolled', map: fleet });
      expect(seen.hostKeys).toEqual([box(name).hostKey]);
      expect(seen.hostKeyOrigin).toBe(name === 'rack-2' ? 'given' : 'first-contact');
      expect(seen.grains).toMatchObject({ id: name, host: name, kernel: 'Linux' });
      const home = homeOf(name);
      expect(readFileSync(box(name).inside(`${home}/.ssh/authorized_keys`), 'utf8')).toMatch(
        /ssh-ed25519 \S+ saltern /,
      );
      expect(readFileSync(box(name).inside(`${home}/deployed`), 'utf8')).toBe(name === 'rack-5' ? 'admin\n' : 'root\n');
      expect(readFileSync(box(name).inside('/etc/issue'), 'utf8')).toBe(ISSUE);
    }
    expect(readFileSync(box('rack-5').inside('/root/.ssh/authorized_keys'), 'utf8')).toContain(person.publicKey);
    expect(await scene.log()).toBe('');
    expect(everyFileOf(scene.home)).not.toContain(BOX_PASSWORD);

    const refused = await scene.cli(['machine', 'destroy', 'rack-1', '--yes']);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toContain('forget');

    const forgotten = await scene.cli(['machine', 'forget', 'rack-*', '--yes']);
    expect(forgotten.code, forgotten.stderr).toBe(0);
    expect((await scene.client.request('GET', '/v1/machines')).items).toEqual([]);
    for (const [index, name] of RACKS.entries()) {
      const changes = differences(before[index] ?? new Map(), box(name).changed());
      expect(changes.map((line) => line.split(':')[0])).toEqual([`+ ${homeOf(name)}/deployed`]);
    }
  });

  test('a wrong password is final at once; the same command with the right one goes on with the same machine', {
    timeout: 30_000,
  }, async () => {
    const wrong = await enrol({ ...at('rack-1'), login: { password: 'not-the-password' } });
    expect(wrong.status).toBe('failed');
    expect(wrong.error).toMatchObject({ code: 'unauthenticated' });
    expect((wrong.endedAt ?? 0) - (wrong.createdAt ?? 0)).toBeLessThan(10_000);
    const failed = await machine('rack-1');
    expect(failed.status).toBe('failed');
    const right = await enrol({ ...at('rack-1'), login: { password: BOX_PASSWORD } });
    expect(right.error).toBeNull();
    expect(await machine('rack-1')).toMatchObject({ id: failed.id, status: 'ready' });
  });

  test('the first login is dropped once our key works: without the key nobody gets in any more', async () => {
    const keys = box('rack-1').inside('/root/.ssh/authorized_keys');
    const ours = readFileSync(keys, 'utf8');
    writeFileSync(keys, '');
    const locked = await scene.cli(['machine', 'forget', 'rack-1', '--yes']);
    expect(locked.code).toBe(4);
    expect(locked.stderr).toContain('--abandon');
    writeFileSync(keys, ours);
  });

  test('a host key that is not the one given is refused before any password is sent', async () => {
    const hostKey = newKeyPair('another').publicKey.split(' ').slice(0, 2).join(' ');
    const ended = await enrol({ ...at('rack-2'), login: { password: BOX_PASSWORD }, hostKey });
    expect(ended.error).toMatchObject({ code: 'forbidden' });
    expect(await machine('rack-2')).toMatchObject({ status: 'failed', sshUser: null });
    const forgotten = await scene.cli(['machine', 'forget', 'rack-2', '--yes']);
    expect(forgotten.code, 'nothing is there to put back').toBe(0);
  });

  test('an OpenSSH config names the user, the key and the host to go through', async () => {
    const config = join(scene.home, 'ssh_config');
    writeFileSync(
      config,
      `Host edge\n  HostName 127.0.0.1\n  Port ${box('rack-1').port}\nHost inner-*\n  ProxyJump edge
Host inner-3\n  HostName localhost\n  Port ${box('rack-3').port}\n  IdentityFile ${join(scene.home, 'admin-key')}\nHost *\n  User root\n`,
    );
    const before = box('rack-3').changed();
    const enrolled = await scene.cli(['machine', 'enrol', '--ssh-config', config, 'inner-*', '-p', 'rack', '--yes']);
    expect(enrolled.code, enrolled.stderr).toBe(0);
    expect(await machine('inner-3')).toMatchObject({ status: 'ready', address: 'localhost' });
    // From a loopback address, as every connection here: but from within the other box.
    expect(enrolled.stderr).toMatch(/inner-3 +localhost:\d+ +root +first-contact +our key, key +.*enrol/);
    const forgotten = await scene.cli(['machine', 'forget', 'inner-3', '--yes']);
    expect(forgotten.code, forgotten.stderr).toBe(0);
    expect(differences(before, box('rack-3').changed()).filter((line) => !line.includes('/root/deployed'))).toEqual([]);
  });

  test.each([
    ['let our key in', 'effect'],
    ['deploy 3: setup.sh', 'during'],
  ])(
    'a crash at "%s" (%s) is gone on from: one key, one run, nothing left afterwards',
    { timeout: 30_000 },
    async (step, point) => {
      const crashing = await restart({ SALTERN_CRASH_AT: `enrol-machine:${step}:${point}` });
      const runs = () => readFileSync(box('rack-4').inside('/root/deployed'), 'utf8').split('\n').length;
      const [before, ran] = [box('rack-4').changed(), runs()];
      const machines = [{ ...at('rack-4'), login: { password: BOX_PASSWORD } }];
      const { operation } = await scene.client.request('POST', '/v1/machines/enrol', {
        body: { profile: 'rack', machines },
      });
      await new Promise((resolve) => crashing.once('exit', resolve));
      await scene.start();
      expect((await scene.ended(operation?.id ?? '')).error).toBeNull();
      expect(readFileSync(box('rack-4').inside('/root/.ssh/authorized_keys'), 'utf8').match(/saltern/g)).toHaveLength(
        1,
      );
      expect(runs()).toBe(ran + 1);
      const forgotten = await scene.cli(['machine', 'forget', 'rack-4', '--yes']);
      expect(forgotten.code, forgotten.stderr).toBe(0);
      expect(differences(before, box('rack-4').changed()).filter((line) => !line.includes('/root/deployed'))).toEqual(
        [],
      );
    },
  );

  test('reconcile marks no enrolled machine missing, whether it answers or not', async () => {
    await box('rack-1').stop();
    const begun = await scene.client.request('POST', '/v1/providers/{provider}/reconcile', {
      params: { provider: 'metal' },
      body: {},
    });
    expect((await scene.ended(begun.id)).output).toMatchObject({ checked: 1, findings: [] });
    expect((await machine('rack-1')).status).toBe('ready');
  });

  test('a machine that is gone for good can be dropped from the inventory alone', async () => {
    const forgotten = await scene.cli(['machine', 'forget', 'rack-1', '--abandon', '--yes']);
    expect(forgotten.code, forgotten.stderr).toBe(0);
    expect((await scene.client.request('GET', '/v1/machines')).items).toEqual([]);
  });
});

function everyFileOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && existsSync(join(entry.parentPath, entry.name)))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}
