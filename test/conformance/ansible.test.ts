import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKeyPair } from '../../src/bootstrap/keys.ts';
import { sshdMissing, startSshd, type TestSshd } from '../../src/bootstrap/test-sshd.ts';
import type { Machine } from '../../src/core/machine.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { machine as sampleMachine, provider as sampleProvider } from '../contract/store-samples.ts';
import { openScene, type Scene } from '../e2e/harness.ts';
import { ansible, ansibleMissing, inventoryScript } from '../support/ansible.ts';

const run = promisify(execFile);

describe.skipIf(ansibleMissing() !== null)('real Ansible', () => {
  test('reads the script and the file alike: machines, variables, groups', { timeout: 60_000 }, async () => {
    const scene = await openScene({ machines: 'none', clockSpeed: 1000 });
    try {
      await putMachines(scene, [
        { name: 'web-1', addresses: [{ ip: '192.0.2.1', family: 4, reach: 'public' }], map: '/srv/prod.yml' },
        { name: 'db-1', addresses: [{ ip: '2001:db8::7', family: 6, reach: 'public' }], sshUser: 'debian' },
        { name: 'lost-1', addresses: [], map: '/srv/prod.yml' },
        { name: 'off-1', addresses: [{ ip: '192.0.2.9', family: 4, reach: 'public' }], status: 'stopped' },
      ]);
      const dynamic = await ansible(
        'ansible-inventory',
        ['-i', await inventoryScript(scene.home), '--list'],
        scene.home,
      );
      const inventory = JSON.parse(dynamic.stdout);
      expect(Object.keys(inventory._meta.hostvars)).toEqual(['db-1', 'web-1']);
      expect(inventory._meta.hostvars['db-1']).toMatchObject({
        ansible_host: '2001:db8::7',
        ansible_user: 'debian',
        ansible_port: 22,
        saltern_provider: 'paris',
      });
      expect(inventory.provider_paris.hosts).toEqual(['db-1', 'web-1']);
      expect(inventory.map_prod.hosts).toEqual(['web-1']);
      const file = join(scene.home, 'hosts.yml');
      await scene.cli(['inventory', '--format', 'ansible', '--out', file]);
      const fixed = await ansible('ansible-inventory', ['-i', file, '--list'], scene.home);
      expect(JSON.parse(fixed.stdout)).toEqual(inventory);
      const one = await ansible(
        'ansible-inventory',
        ['-i', await inventoryScript(scene.home), '--host', 'web-1'],
        scene.home,
      );
      expect(JSON.parse(one.stdout)).toEqual(inventory._meta.hostvars['web-1']);
    } finally {
      await scene.close();
    }
  });

  describe.skipIf(sshdMissing('root') !== null)('and real sshds', () => {
    let scene: Scene;
    let sshds: TestSshd[];
    beforeAll(async () => {
      sshds = await Promise.all([startSshd(), startSshd()]);
      scene = await openScene({ machines: 'none', clockSpeed: 1000 });
      const boxes = sshds.map((sshd, i) => reachedAt(sshd, `box-${i + 1}`));
      const loginKey = await putMachines(scene, boxes);
      for (const sshd of sshds) await writeFile(join(sshd.folder, 'authorized_keys'), `${loginKey}\n`);
    });
    afterAll(async () => {
      await scene?.close();
      for (const sshd of sshds ?? []) await sshd.stop();
    });

    test('`ansible all -m ping` reaches every machine, with the pinned host keys', { timeout: 60_000 }, async () => {
      const file = await inventoryScript(scene.home, ['--identity', join(scene.home, 'login')]);
      const { stdout } = await ansible('ansible', ['-i', file, 'all', '-m', 'ping'], scene.home);
      expect(stdout.match(/box-\d \| SUCCESS/g)?.sort()).toEqual(['box-1 | SUCCESS', 'box-2 | SUCCESS']);
    });

    test('a machine that shows another host key is not spoken to', { timeout: 60_000 }, async () => {
      const { stdout } = await scene.cli(['inventory', '--list', '--identity', join(scene.home, 'login')]);
      const [one, two] = ['box-1', 'box-2'].map((name) => JSON.parse(stdout)._meta.hostvars[name]);
      const swapped = join(scene.home, 'swapped.json');
      const impostor = { ...one, ansible_host: two.ansible_host, ansible_port: two.ansible_port };
      await writeFile(swapped, JSON.stringify({ all: { hosts: { 'box-1': impostor } } }));
      const asked = ansible('ansible', ['-i', swapped, 'all', '-m', 'ping'], scene.home);
      await expect(asked).rejects.toMatchObject({ stdout: expect.stringContaining('Host key verification failed') });
    });

    test('ssh itself reads the ssh-config format', async () => {
      const file = join(scene.home, 'ssh.conf');
      const identity = join(scene.home, 'login');
      const written = await scene.cli(['inventory', '-f', 'ssh-config', '--out', file, '--identity', identity]);
      expect(written.code, written.stderr).toBe(0);
      const { stdout } = await run('ssh', ['-F', file, '-o', 'BatchMode=yes', 'box-2', 'echo "$HOME"']);
      expect(stdout.trim()).toBe(sshds[1]?.folder);
      expect((await stat(identity)).mode & 0o777).toBe(0o600);
    });
  });
});

function reachedAt(sshd: TestSshd, name: string): Partial<Machine> {
  const { host, port } = sshd.target();
  const hostKeys = [sshd.hostKey.split(' ').slice(0, 2).join(' ')];
  return {
    name,
    hostKeys,
    sshPort: port,
    sshUser: userInfo().username,
    addresses: [{ ip: host, family: 4, reach: 'public' }],
  };
}

/** A controller whose inventory holds these machines, as if it had made them. Tells its public login key. */
async function putMachines(scene: Scene, machines: readonly Partial<Machine>[]): Promise<string> {
  const key = randomBytes(32);
  await writeFile(join(scene.home, 'key'), key.toString('hex'), { mode: 0o600 });
  const store = await openSqliteStore({ file: join(scene.home, 'saltern.db'), key, clock: systemClock });
  const { id: provider } = await store.providers.insert(sampleProvider({ name: 'paris', checkedAt: null }));
  for (const own of machines) {
    const ready = { provider, profile: null, status: 'ready', nativeId: null, addresses: [], sshPort: 22 } as const;
    await store.machines.insert(sampleMachine({ ...ready, ...own }));
  }
  const login = newKeyPair(`saltern ${store.installation}`);
  await store.secrets.put('installation/login-key', JSON.stringify(login));
  await store.close();
  await scene.start();
  return login.publicKey;
}
