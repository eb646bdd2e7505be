import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../client/client.ts';
import { machineSecrets } from '../core/machine.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import { insertMachines, listenOnTcp, makeToken, paris, startTestController } from './testing/controller.ts';

let controller: Awaited<ReturnType<typeof startTestController>>;
beforeAll(async () => {
  controller = await startTestController();
  await controller.client.request('POST', '/v1/config', { body: paris });
  const [, inside] = await insertMachines(
    controller,
    {},
    { name: 'inside-1' },
    { name: 'off-1', status: 'stopped' },
    { name: 'lost-1', addresses: [] },
    { name: 'web-5', profile: null },
    { name: 'rack-6', origin: 'enrolled', addresses: [{ ip: '10.0.0.6', family: 4, reach: 'private' }] },
  );
  const jump = { host: '198.51.100.1', port: 2222, user: 'hop', hostKey: 'ssh-ed25519 AAAA jump' };
  const ssh = { ...DEFAULT_SSH, reach: 'private' as const, jump };
  const request = { ssh, deploy: [], userData: null, login: { password: 'CANARY-login' } };
  await controller.store.secrets.put(machineSecrets.request(inside?.id ?? ''), JSON.stringify(request));
});
afterAll(() => controller.close());

test('only what can be reached now is told, each as its profile reaches it', async () => {
  const { items } = await controller.client.request('GET', '/v1/inventory');
  expect(items.map(({ name, ssh }) => [name, ssh.host, ssh.jump?.host])).toEqual([
    ['web-1', '192.0.2.1', undefined],
    ['inside-1', '10.0.0.1', '198.51.100.1'],
    ['web-5', '192.0.2.1', undefined],
    ['rack-6', '10.0.0.6', undefined],
  ]);
  expect(items[1]?.ssh.jump).toMatchObject({ port: 2222, user: 'hop', hostKeys: ['ssh-ed25519 AAAA jump'] });
});

test('it is filtered and paged, though machines on a page cannot be reached', async () => {
  const query = { name: '*-1', limit: 1 };
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = await controller.client.request('GET', '/v1/inventory', { query: { ...query, after } });
    names.push(...page.items.map(({ name }) => name));
    after = page.next;
  } while (after !== undefined);
  expect(names).toEqual(['web-1', 'inside-1']);
  const ofProfile = await controller.client.request('GET', '/v1/inventory', { query: { profile: 'small' } });
  expect(ofProfile.items.map(({ name }) => name)).toEqual(['web-1', 'inside-1', 'rack-6']);
});

test('a reader may have it: no key and no login is in it, and nothing is noted in the history', async () => {
  const tcp = await listenOnTcp(controller);
  const { token } = await makeToken(controller.client, 'read');
  const reader = connect({ url: tcp.url, token });
  const before = await controller.store.events.lastId();
  const { items } = await reader.request('GET', '/v1/inventory');
  expect(items).toHaveLength(4);
  expect(JSON.stringify(items)).not.toMatch(/PRIVATE|CANARY/);
  expect(await controller.store.events.lastId()).toBe(before);
  reader.close();
  await tcp.api.close();
});
