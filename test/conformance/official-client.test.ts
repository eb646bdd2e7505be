import { createClient } from '@scaleway/sdk-client';
import { Instancev1 } from '@scaleway/sdk-instance';
import { type Emulator, startEmulator } from 'saltern-emulator';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Seconds. */
const WAIT = { minDelay: 1, maxDelay: 1, timeout: 10 };

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({ machines: 'none', clockSpeed: 20 });
});
afterEach(() => emulator.close());

test('the official client creates, waits for, lists and deletes an instance', async () => {
  const env = emulator.env();
  const client = createClient({
    apiURL: emulator.url,
    accessKey: env['SCW_ACCESS_KEY'] ?? '',
    secretKey: env['SCW_SECRET_KEY'] ?? '',
    defaultProjectId: env['SCW_DEFAULT_PROJECT_ID'] ?? '',
    defaultZone: 'fr-par-1',
    defaultRegion: 'fr-par',
  });
  const api = new Instancev1.API(client);
  const query = 'image_label=ubuntu_jammy&zone=fr-par-1&type=instance_sbs&arch=x86_64';
  const answer = await fetch(`${emulator.url}/marketplace/v2/local-images?${query}`);
  const local = (await answer.json()) as { local_images: { id: string }[] };
  const { server } = await api.createServer({
    name: 'official',
    commercialType: 'DEV1-S',
    image: local.local_images[0]?.id ?? '',
    dynamicIpRequired: true,
    protected: false,
    tags: ['official'],
  });
  expect(server?.state).toBe('stopped');
  const serverId = server?.id ?? '';
  await api.setServerUserData({ serverId, key: 'cloud-init', content: '#cloud-config\n' });
  await api.serverAction({ serverId, action: 'poweron' });
  const running = await api.waitForServer({ serverId }, WAIT);
  expect([running.state, running.publicIps[0]?.dynamic]).toEqual(['running', true]);
  const { servers, totalCount } = await api.listServers({ tags: ['official'] });
  expect([servers.map((one) => one.id), totalCount]).toEqual([[serverId], 1]);
  expect((await api.listServersTypes()).servers['DEV1-S']?.hourlyPrice).toBeCloseTo(0.008976);
  await api.serverAction({ serverId, action: 'terminate' });
  await expect(api.waitForServer({ serverId }, WAIT)).rejects.toThrow('not found');
  expect(emulator.dump().servers).toEqual([]);
});
