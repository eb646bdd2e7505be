import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from '../index.ts';
import { imageOf, newServer, type Send, testEmulator, ZONE } from '../test-client.ts';

describe('the life of an instance', () => {
  let emulator: Emulator;
  let send: Send;

  beforeEach(async () => {
    ({ emulator, send } = await testEmulator());
  });
  afterEach(() => emulator.close());

  const state = async (id: string) => {
    const { status, json } = await send('GET', `${ZONE}/servers/${id}`);
    return status === 200 ? `${json.server.state}/${json.server.state_detail}` : status;
  };
  const act = (id: string, action: string) => send('POST', `${ZONE}/servers/${id}/action`, { action });
  const wait = (ms: number) => emulator.admin.advance(ms);

  test('starts through the recorded states and is running while the kernel still boots', async () => {
    const id = await newServer(send);
    expect(await state(id)).toBe('stopped/');
    expect((await act(id, 'poweron')).status).toBe(202);
    const seen = [await state(id)];
    for (const ms of [1_000, 3_000]) {
      wait(ms);
      seen.push(await state(id));
    }
    expect(seen).toEqual(['starting/allocating node', 'starting/provisioning node', 'running/booting kernel']);
  });

  test('passes through every state when the clock jumps over all of them', async () => {
    const id = await newServer(send);
    await act(id, 'poweron');
    wait(3_600_000);
    expect(await state(id)).toBe('running/booting kernel');
  });

  test('a dynamic address comes with poweron and goes with poweroff', async () => {
    const id = await newServer(send);
    const address = async () => (await send('GET', `${ZONE}/servers/${id}`)).json.server.public_ip?.address ?? null;
    expect(await address()).toBeNull();
    await act(id, 'poweron');
    wait(5_000);
    expect(await address()).toMatch(/^127\.80\.\d+\.\d+$/);
    expect((await send('GET', `${ZONE}/ips`)).json.ips).toEqual([]);
    await act(id, 'poweroff');
    wait(10_000);
    expect(await state(id)).toBe('stopped/');
    expect(await address()).toBeNull();
  });

  test('refuses actions that do not fit the state, as the real API words it', async () => {
    const id = await newServer(send);
    const refused = await act(id, 'reboot');
    expect([refused.status, refused.json]).toEqual([
      412,
      { message: 'server should be running', type: 'precondition_failed' },
    ]);
    await act(id, 'poweron');
    wait(5_000);
    expect((await act(id, 'poweron')).json.message).toBe('server should be stopped');
    expect((await send('DELETE', `${ZONE}/servers/${id}`)).status).toBe(412);
  });

  test('terminate removes local volumes and leaves block volumes and flexible addresses behind', async () => {
    const { json } = await send('POST', `${ZONE}/ips`, { type: 'routed_ipv4' });
    const block = await newServer(send, { public_ips: [json.ip.id] });
    const local = await newServer(send, { image: await imageOf(send, 'ubuntu_jammy', 'instance_local') });
    const names = emulator.dump().volumes.map((volume) => volume.name);
    expect(names.toSorted()).toEqual(['Debian Bookworm_sbs_volume_0', 'snapshot-ubuntu_jammy']);
    for (const id of [block, local]) await act(id, 'poweron');
    wait(5_000);
    for (const id of [block, local]) await act(id, 'terminate');
    expect(await state(block)).toBe('stopping/terminating');
    wait(5_000);
    expect([await state(block), await state(local)]).toEqual([404, 404]);
    const { servers, volumes, ips } = emulator.dump();
    expect([servers.length, volumes.map((one) => one.name), ips.map((one) => one.server)]).toEqual([
      0,
      ['Debian Bookworm_sbs_volume_0'],
      [null],
    ]);
  });

  test('the clock runs at the speed asked for, and things happen without anybody reading', async () => {
    const id = await newServer(send);
    await act(id, 'poweron');
    emulator.admin.setSpeed(200);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const server = emulator.admin.world.servers.peek(id);
    expect(server?.state).toBe('running');
  });
});
