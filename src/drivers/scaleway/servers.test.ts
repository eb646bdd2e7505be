import { describe, expect, test } from 'vitest';
import { all, make, newRef, specOf, until } from '../../../test/contract/driver.ts';
import { emulated } from '../../../test/support/emulated-scaleway.ts';

const ENSURE = [
  'POST /instance/servers',
  'PATCH /instance/servers/*/user_data/cloud-init',
  'POST /instance/servers/*/action',
];

describe('ensure', () => {
  test('makes a machine with three requests: user data before the power', async () => {
    await using world = await emulated({ project_id: '5a17e50e-0000-4000-8000-000000000003' });
    const ref = newRef();
    const spec = await specOf(world, ref);
    world.forget();
    const made = await world.driver.instance.ensure(spec, ref);
    expect(world.asked()).toEqual(ENSURE);
    expect(made.status).toBe('starting');
    const [server] = world.emulator.dump().servers;
    expect(server).toMatchObject({ name: ref.name, userData: { 'cloud-init': spec.userData } });
  });

  test.each([
    ['the answer was an error', 'error-after-effect'],
    ['the connection was cut', 'cut'],
  ] as const)('after a create that took effect though %s, the same machine is finished', async (_, kind) => {
    await using world = await emulated();
    const ref = newRef();
    world.emulator.admin.addFaults([{ kind, match: { method: 'POST', path: '/servers$' }, count: 1 }]);
    await expect(make(world, ref)).rejects.toMatchObject({ code: 'unavailable', ambiguous: true });
    const { made } = await make(world, { ...ref, attempted: true });
    const { servers } = world.emulator.dump();
    expect(servers.map(({ id }) => id)).toEqual([made.nativeId]);
    expect(servers[0]?.userData).toHaveProperty('cloud-init');
    expect(servers[0]?.state).not.toBe('stopped');
  });

  test('a machine that its next request does not see yet is no absence: the error passes, its id is kept', async () => {
    await using world = await emulated();
    const ref = newRef();
    const created: string[] = [];
    world.emulator.admin.addFaults([{ kind: 'late-visible', match: { method: 'POST', path: '/servers$' }, count: 1 }]);
    const onCreated = async (id: string) => void created.push(id);
    await expect(make(world, { ...ref, onCreated })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    world.emulator.admin.advance(20_000);
    const { made } = await make(world, { ...ref, attempted: true, nativeId: created[0] });
    expect(world.emulator.dump().servers.map(({ id }) => id)).toEqual([made.nativeId]);
  });

  test('a machine in another zone is found again though its zone was not recorded', async () => {
    await using world = await emulated({ zones: ['fr-par-1', 'nl-ams-1'] });
    const far = { ...world, request: { ...world.request, location: 'nl-ams-1' } };
    const ref = newRef();
    world.emulator.admin.addFaults([{ kind: 'cut', match: { method: 'POST', path: '/servers$' }, count: 1 }]);
    await expect(make(far, ref)).rejects.toMatchObject({ ambiguous: true });
    expect(await world.driver.instance.find(ref)).toMatchObject({ name: ref.name, location: 'nl-ams-1' });
    await make(far, { ...ref, attempted: true });
    expect(world.emulator.dump().servers).toHaveLength(1);
  });

  test('of two machines with one mark the older is taken, unless the ledger knows the other', async () => {
    await using world = await emulated();
    const ref = newRef();
    const { made: older } = await make(world, ref);
    world.emulator.admin.advance(1000);
    const { made: younger } = await make(world, ref);
    expect((await world.driver.instance.find(ref))?.nativeId).toBe(older.nativeId);
    expect((await world.driver.instance.find({ ...ref, nativeId: younger.nativeId }))?.nativeId).toBe(younger.nativeId);
  });

  test('an address that was reserved for a machine that was then refused is used by the next try', async () => {
    await using world = await emulated({}, { public_ip: 'flexible' });
    const ref = newRef();
    const spec = await specOf(world, ref);
    world.emulator.admin.setStock('fr-par-1', 'DEV1-S', 'shortage');
    await expect(world.driver.instance.ensure(spec, ref)).rejects.toMatchObject({ code: 'out_of_stock' });
    expect(await all(world.driver.partKinds['address']?.list(ref.owner) ?? empty())).toHaveLength(1);
    world.emulator.admin.setStock('fr-par-1', 'DEV1-S', 'available');
    const made = await world.driver.instance.ensure(spec, ref);
    const { ips } = world.emulator.dump();
    expect(ips).toEqual([expect.objectContaining({ server: made.nativeId })]);
    expect(made.parts).toContainEqual({ kind: 'address', nativeId: ips[0]?.id, location: 'fr-par-1' });
  });

  test('an address that a person reserved is used and stays theirs', async () => {
    await using first = await emulated();
    const project_id = (await first.driver.check()).project ?? '';
    const { url, admin, env } = first.emulator;
    const answer = await fetch(`${url}/instance/v1/zones/fr-par-1/ips`, {
      method: 'POST',
      headers: { 'x-auth-token': env()['SCW_SECRET_KEY'] ?? '' },
      body: JSON.stringify({ project: project_id, type: 'routed_ipv4' }),
    });
    const { ip } = (await answer.json()) as { ip: { id: string; address: string } };
    const { made } = await make({ ...first, options: { public_ip: [ip.id] } });
    expect(made.addresses).toEqual([{ ip: ip.address, family: 4, reach: 'public' }]);
    expect(made.parts?.map(({ kind }) => kind)).toEqual(['volume']);
    expect(admin.dump().ips).toHaveLength(1);
  });

  test('an IPv6-only machine has an IPv6 address and no other', async () => {
    await using world = await emulated({}, { public_ip: 'ipv6' });
    const { ref } = await make(world);
    const running = await until(async () => {
      const seen = await world.driver.instance.find(ref);
      return seen?.status === 'running' && seen;
    });
    expect(running.addresses).toEqual([expect.objectContaining({ family: 6, reach: 'public' })]);
  });
});

describe('destroy', () => {
  test('of a running machine is one request, and leaves nothing', async () => {
    await using world = await emulated();
    const { ref, made } = await make(world);
    const known = { ...ref, nativeId: made.nativeId };
    await until(async () => (await world.driver.instance.find(known))?.status === 'running');
    world.forget();
    await world.driver.instance.destroy(known);
    expect(world.asked()).toEqual(['POST /instance/servers/*/action']);
    await until(async () => (await world.driver.instance.find(known)) === null);
    expect(world.emulator.dump()).toMatchObject({ servers: [], volumes: [], ips: [] });
  });

  test('of a stopped machine deletes it; its local volume is left to its own kind, which finds it by its name', async () => {
    await using world = await emulated();
    const { ref, made } = await make(world);
    const known = { ...ref, nativeId: made.nativeId };
    await until(async () => (await world.driver.instance.find(known))?.status === 'running');
    await world.driver.power?.stop(known);
    await until(async () => (await world.driver.instance.find(known))?.status === 'stopped');
    await world.driver.instance.destroy(known);
    expect(await world.driver.instance.find(known)).toBeNull();
    const volumes = world.driver.partKinds['volume'];
    const left = await all(volumes?.list(ref.owner) ?? empty());
    expect(left.map(({ nativeId }) => nativeId)).toEqual(made.parts?.map(({ nativeId }) => nativeId));
    for (const { nativeId } of left) await volumes?.destroy({ ...ref, nativeId });
    expect(world.emulator.dump()).toMatchObject({ servers: [], volumes: [] });
  });

  test('of a machine that is just starting has to wait', async () => {
    await using world = await emulated();
    world.emulator.admin.setSpeed(0);
    const { ref, made } = await make(world);
    const destroying = world.driver.instance.destroy({ ...ref, nativeId: made.nativeId });
    await expect(destroying).rejects.toMatchObject({ code: 'conflict', retryable: true });
  });
});

describe('check', () => {
  test.each([
    ['found out', {}],
    ['configured', { project_id: '5a17e50e-0000-4000-8000-000000000003' }],
  ])("another account's answers show in the facts, with the project %s", async (_, settings) => {
    await using world = await emulated(settings);
    const facts = await world.driver.check();
    expect(facts).toMatchObject({ endpoint: world.emulator.url, project: '5a17e50e-0000-4000-8000-000000000003' });
    world.emulator.admin.addFaults([{ kind: 'other-project' }]);
    const others = await world.driver.check();
    expect(others.account).not.toBe(facts.account);
  });

  test('once the own account answers again, its project is the one that is asked for', async () => {
    await using world = await emulated({});
    const { admin } = world.emulator;
    admin.addFaults([{ kind: 'other-project' }]);
    await world.driver.check();
    admin.clearFaults();
    const { project } = await world.driver.check();
    admin.clearRequests();
    for await (const _ of world.driver.instances({})) expect.unreachable('the account has no instances');
    expect(admin.requests().map(({ path }) => new URLSearchParams(path.split('?')[1]).get('project'))).toEqual([
      project,
    ]);
  });

  test('a refusal that may be a rate limit does not change the account', async () => {
    await using world = await emulated({ project_id: '5a17e50e-0000-4000-8000-000000000003' });
    const facts = await world.driver.check();
    world.emulator.admin.addFaults([{ kind: 'forbidden', match: { path: '^/iam/' }, count: 1 }]);
    await expect(world.driver.check()).rejects.toMatchObject({ code: 'forbidden', retryable: true });
    expect(await world.driver.check()).toEqual(facts);
  });

  test('a wrong access key beside a good token', async () => {
    await using world = await emulated({ access_key: 'SCWTYPO0000000000000' });
    await expect(world.driver.check()).rejects.toMatchObject({ code: 'invalid', field: 'access_key' });
  });

  test('a key that may not read itself is enough where the project is configured', async () => {
    await using world = await emulated({ project_id: '5a17e50e-0000-4000-8000-000000000003' });
    world.emulator.admin.addFaults([{ kind: 'forbidden', match: { path: '^/iam/' } }]);
    expect(await world.driver.check()).toMatchObject({ account: 'SCWEMU1AT0R000000000' });
  });

  test('a wrong token', async () => {
    await using world = await emulated({ token: '11111111-2222-4333-8444-555555555555' });
    await expect(world.driver.check()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a key that may not read itself needs project_id', async () => {
    await using world = await emulated();
    world.emulator.admin.addFaults([{ kind: 'forbidden', match: { path: '^/iam/' } }]);
    await expect(world.driver.check()).rejects.toMatchObject({ code: 'invalid', field: 'project_id' });
  });
});

async function* empty(): AsyncGenerator<never> {}
