import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, type Scene } from '../e2e/harness.ts';
import { ansible, ansibleMissing, inventoryScript } from '../support/ansible.ts';
import { differences } from '../support/file-tree.ts';
import { boxesMissing, type SshBox } from '../support/ssh-boxes.ts';
import { homeOf, RACKS, startRacks, writeFleet } from '../support/ssh-fleet.ts';

/** Ansible's own answer: groups, and the variables of every host. */
type Listed = Record<string, { readonly hosts?: readonly string[] }> & {
  readonly _meta: { readonly hostvars: Record<string, Record<string, unknown>> };
};

/** The folder for its modules; and sshd's record of a login, since Ansible asks for a terminal. */
const LEFT_BY_ANSIBLE = /^\+ (.*\/\.ansible(\/tmp)?|\/var\/log\/(lastlog|wtmp))$/;

const missing = boxesMissing() ?? ansibleMissing();

describe.skipIf(missing !== null)('one map of five machines that exist, and real Ansible', () => {
  let scene: Scene;
  let boxes: SshBox[] = [];
  let before: Map<string, string>[];
  let script: string;

  beforeAll(async () => {
    scene = await openScene({ machines: 'none', clockSpeed: 1 });
    boxes = await startRacks();
    before = boxes.map((box) => box.changed());
    await scene.start();
    script = await inventoryScript(scene.home, ['--identity', join(scene.home, 'login')]);
  });
  afterAll(async () => {
    await scene?.close();
    await Promise.all(boxes.map((box) => box.close()));
  });

  test('apply enrols them by password and by key, and deploys them at once', { timeout: 60_000 }, async () => {
    const applied = await scene.cli(['apply', '-f', writeFleet(scene.home, boxes), '--yes']);
    expect(applied.code, applied.stderr).toBe(0);
    // From here on there is the controller's own key alone.
    for (const login of ['password', 'admin-key']) rmSync(join(scene.home, login));
    const [operation] = (await scene.client.request('GET', '/v1/operations')).items;
    const { children } = await scene.ended(operation?.id ?? '');
    expect(children.map(({ entityName }) => entityName).sort()).toEqual(RACKS);
    const latestStart = Math.max(...children.map(({ startedAt }) => startedAt ?? Infinity));
    expect(latestStart).toBeLessThan(Math.min(...children.map(({ endedAt }) => endedAt ?? 0)));
  });

  test('ansible-inventory lists the five with their groups', { timeout: 60_000 }, async () => {
    const { stdout } = await ansible('ansible-inventory', ['-i', script, '--list'], scene.home);
    const { _meta, ...groups } = JSON.parse(stdout) as Listed;
    expect(Object.keys(_meta.hostvars).sort()).toEqual(RACKS);
    const hostsOf = Object.entries(groups).flatMap(([group, { hosts }]) => (hosts ? [[group, hosts]] : []));
    expect(Object.fromEntries(hostsOf)).toMatchObject({
      provider_metal: RACKS,
      profile_rack: RACKS.slice(0, 4),
      profile_by_user: ['rack-5'],
      map_fleet: RACKS,
      status_ready: RACKS,
    });
    expect(RACKS.map((name) => _meta.hostvars[name]?.['ansible_user'])).toEqual([
      'root',
      'root',
      'root',
      'root',
      'admin',
    ]);
  });

  test('`ansible all -m ping` reaches all five, with the pinned host keys', { timeout: 60_000 }, async () => {
    const { stdout } = await ansible('ansible', ['-i', script, 'all', '-m', 'ping'], scene.home);
    const reached = [...stdout.matchAll(/^(\S+) \| SUCCESS/gm)].map(([, name]) => name);
    expect(reached.sort()).toEqual(RACKS);
  });

  test('once forgotten, each is as it was, but for what the script made and what Ansible left', {
    timeout: 60_000,
  }, async () => {
    const forgotten = await scene.cli(['machine', 'forget', 'rack-*', '--yes']);
    expect(forgotten.code, forgotten.stderr).toBe(0);
    for (const [index, name] of RACKS.entries()) {
      const changes = differences(before[index] ?? new Map(), boxes[index]?.changed() ?? new Map());
      const ours = changes.map((line) => line.split(':')[0]).filter((path) => !LEFT_BY_ANSIBLE.test(path ?? ''));
      expect(ours).toEqual([`+ ${homeOf(name)}/deployed`]);
    }
    const { stdout } = await ansible('ansible-inventory', ['-i', script, '--list'], scene.home);
    expect(JSON.parse(stdout)._meta.hostvars).toEqual({});
  });
});
