import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from '../index.ts';
import { imageOf, newServer, type Send, sendAs, testEmulator, ZONE } from '../test-client.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('the wire protocol', () => {
  let emulator: Emulator;
  let send: Send;

  beforeEach(async () => {
    ({ emulator, send } = await testEmulator());
  });
  afterEach(() => emulator.close());

  test('the instance API pages over a map with headers, the others with a total in the body', async () => {
    const names = new Set<string>();
    let path: string | null = '/products/servers?per_page=100';
    while (path) {
      const { headers, json } = await send('GET', ZONE + path);
      for (const name of Object.keys(json.servers)) names.add(name);
      expect(json.total_count).toBeUndefined();
      expect(Number(headers.get('x-total-count'))).toBeGreaterThan(100);
      path = /<(\/products\/servers\?[^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(names.size).toBeGreaterThan(100);
    expect(names).toContain('COPARM1-2C-8G');
    const images = await send('GET', '/marketplace/v2/images?page_size=2');
    expect([images.json.images.length, images.headers.has('x-total-count')]).toEqual([2, false]);
    expect(images.json.total_count).toBeGreaterThan(2);
  });

  test('content types carry no charset and user data is raw text', async () => {
    const id = await newServer(send);
    const key = `${ZONE}/servers/${id}/user_data/cloud-init`;
    expect((await send('PATCH', key, '#cloud-config\nä: 1\n')).status).toBe(204);
    const answer = await send('GET', key);
    expect([answer.headers.get('content-type'), answer.text]).toEqual(['text/plain', '#cloud-config\nä: 1\n']);
    const keys = await send('GET', `${ZONE}/servers/${id}/user_data`);
    expect([keys.headers.get('content-type'), keys.json]).toEqual(['application/json', { user_data: ['cloud-init'] }]);
    expect((await send('DELETE', key)).status).toBe(204);
    expect(await send('GET', key)).toMatchObject({ status: 404, text: '' });
  });

  test('every recorded kind of error has its body', async () => {
    const unknownKey = await sendAs(emulator, NOBODY, 'GET', `${ZONE}/servers`);
    expect([unknownKey.status, unknownKey.json]).toEqual([
      401,
      { message: 'authentication is denied', method: 'api_key', reason: 'not_found', type: 'denied_authentication' },
    ]);
    const missing = await send('GET', `${ZONE}/servers/${NOBODY}`);
    expect([missing.status, missing.json.resource, missing.json.type]).toEqual([404, 'instance_server', 'not_found']);
    const label = await send('GET', '/marketplace/v2/local-images?image_label=ubuntu_jamy&zone=fr-par-1');
    expect([label.status, label.json.resource, label.json.resource_id]).toEqual([
      404,
      'MarketplaceImage',
      'ubuntu_jamy',
    ]);
    const empty = await send('POST', `${ZONE}/servers`, {});
    expect([empty.status, empty.json.details.map((one: { argument_name: string }) => one.argument_name)]).toEqual([
      400,
      ['commercial_type', 'image', 'volumes'],
    ]);
    const foreign = await send('POST', `${ZONE}/servers`, {
      commercial_type: 'DEV1-S',
      image: await imageOf(send),
      project: NOBODY,
    });
    expect([foreign.status, foreign.json.type]).toEqual([403, 'permissions_denied']);
  });

  test('refuses an image of the wrong architecture and a local root on a size without local storage', async () => {
    const create = (commercial_type: string, image: string) =>
      send('POST', `${ZONE}/servers`, { commercial_type, image });
    const arm = await create('COPARM1-2C-8G', await imageOf(send));
    expect([arm.status, arm.json.details[0].argument_name]).toEqual([400, 'image']);
    const local = await create('PLAY2-PICO', await imageOf(send, 'debian_bookworm', 'instance_local'));
    expect([local.status, local.json.details[0].argument_name]).toEqual([400, 'volumes']);
    const fits = await create('COPARM1-2C-8G', await imageOf(send, 'debian_bookworm', 'instance_sbs', 'arm64'));
    expect(fits.status).toBe(201);
    expect(emulator.dump().servers.map((server) => server.arch)).toEqual(['arm64']);
  });

  test('lists filter by all tags, name, state and project, within one zone', async () => {
    const [first, second] = [
      await newServer(send, { tags: ['a', 'b'] }),
      await newServer(send, { name: 'db', tags: ['a'] }),
    ];
    const ids = async (query: string, zone = ZONE) =>
      (await send('GET', `${zone}/servers?${query}`)).json.servers.map((server: { id: string }) => server.id);
    expect(await ids('tags=a,b')).toEqual([first]);
    expect((await ids('tags=a')).toSorted()).toEqual([first, second].toSorted());
    expect(await ids('name=db')).toEqual([second]);
    expect(await ids('state=running')).toEqual([]);
    expect(await ids(`project=${NOBODY}`)).toEqual([]);
    expect(await ids('', '/instance/v1/zones/nl-ams-1')).toEqual([]);
  });

  test('quotas and stock are refused before anything is made', async () => {
    emulator.admin.setQuotas({ cp_servers: 1 });
    const body = { commercial_type: 'DEV1-S', image: await imageOf(send) };
    expect((await send('POST', `${ZONE}/servers`, body)).status).toBe(201);
    const second = await send('POST', `${ZONE}/servers`, body);
    expect([second.status, second.json.type, second.json.details[0]]).toMatchObject([
      403,
      'quotas_exceeded',
      { resource: 'cp_servers', quota: 1, current: 1 },
    ]);
    emulator.admin.setStock('fr-par-1', 'GP1-XS', 'shortage');
    const gone = await send('POST', `${ZONE}/servers`, { ...body, commercial_type: 'GP1-XS' });
    expect(gone.json.type).toBe('quotas_exceeded');
    emulator.admin.setQuotas({ cp_servers: 5 });
    expect((await send('POST', `${ZONE}/servers`, { ...body, commercial_type: 'GP1-XS' })).json.type).toBe(
      'out_of_stock',
    );
    expect(emulator.dump().servers).toHaveLength(1);
    const availability = await send('GET', `${ZONE}/products/servers/availability?per_page=100`);
    expect(availability.json.servers['GP1-XS']).toEqual({ availability: 'shortage' });
  });

  test('flexible addresses are found by id and by address, and follow attach and detach', async () => {
    const id = await newServer(send);
    const { ip } = (await send('POST', `${ZONE}/ips`, { type: 'routed_ipv4', server: id })).json;
    expect([ip.state, ip.server.id]).toEqual(['attached', id]);
    expect((await send('GET', `${ZONE}/ips/${ip.address}`)).json.ip.id).toBe(ip.id);
    expect((await send('GET', `${ZONE}/servers/${id}`)).json.server.public_ip.address).toBe(ip.address);
    expect((await send('PATCH', `${ZONE}/ips/${ip.id}`, { server: null })).json.ip.state).toBe('detached');
    expect((await send('GET', `${ZONE}/servers/${id}`)).json.server.public_ips).toEqual([]);
    expect((await send('DELETE', `${ZONE}/ips/${ip.id}`)).status).toBe(204);
  });

  test('an IPv6 address has a prefix and shows on the server as such', async () => {
    const { ip } = (await send('POST', `${ZONE}/ips`, { type: 'routed_ipv6' })).json;
    const id = await newServer(send, { public_ips: [ip.id], dynamic_ip_required: false });
    const { public_ips } = (await send('GET', `${ZONE}/servers/${id}`)).json.server;
    expect(ip.prefix).toBe(`${ip.address}/64`);
    expect(public_ips).toMatchObject([{ address: ip.address, family: 'inet6', netmask: '64' }]);
  });

  test('a block root volume lives in the block API only, and cannot go while in use', async () => {
    const id = await newServer(send);
    const volume = (await send('GET', `${ZONE}/servers/${id}`)).json.server.volumes['0'].id;
    const block = `/block/v1/zones/fr-par-1/volumes/${volume}`;
    expect((await send('GET', `${ZONE}/volumes/${volume}`)).status).toBe(404);
    expect((await send('GET', block)).json.references[0].product_resource_id).toBe(id);
    expect((await send('DELETE', block)).status).toBe(412);
    await send('DELETE', `${ZONE}/servers/${id}`);
    expect((await send('GET', block)).json.status).toBe('available');
    expect((await send('DELETE', block)).status).toBe(204);
    expect(emulator.dump().volumes).toEqual([]);
  });

  test('the commercial type changes only while stopped, outside placement groups, and for volumes that fit', async () => {
    const image = await imageOf(send, 'debian_bookworm', 'instance_local');
    const id = await newServer(send, { image });
    const path = `${ZONE}/servers/${id}`;
    const resize = async (commercial_type: string) => {
      const { status, json } = await send('PATCH', path, { commercial_type, name: 'renamed' });
      return [status, json.message ?? json.server.commercial_type, json.details?.[0].argument_name];
    };
    expect(await resize('NO-SUCH-SIZE')).toEqual([400, 'invalid argument(s)', 'commercial_type']);
    expect(await resize('COPARM1-2C-8G')).toEqual([400, 'invalid argument(s)', 'commercial_type']);
    expect(await resize('PLAY2-NANO')).toEqual([400, 'invalid argument(s)', 'volumes']);
    const group = await send('POST', `${ZONE}/placement_groups`, { name: 'near' });
    await send('PATCH', path, { placement_group: group.json.placement_group.id });
    expect((await resize('DEV1-M')).slice(0, 2)).toEqual([412, 'server should not be in a placement group']);
    await send('PATCH', path, { placement_group: null });
    await send('POST', `${path}/action`, { action: 'poweron' });
    expect((await resize('DEV1-M')).slice(0, 2)).toEqual([412, 'server should be stopped']);
    expect((await send('GET', path)).json.server).toMatchObject({ name: 'web', commercial_type: 'DEV1-S' });
    emulator.admin.advance(6_000);
    await send('POST', `${path}/action`, { action: 'poweroff' });
    emulator.admin.advance(6_000);
    expect((await resize('DEV1-M')).slice(0, 2)).toEqual([200, 'DEV1-M']);
  });

  test('a private network gives an instance addresses that only IPAM tells', async () => {
    const id = await newServer(send);
    const network = (await send('POST', '/vpc/v2/regions/fr-par/private-networks', { name: 'lan' })).json;
    const nic = (await send('POST', `${ZONE}/servers/${id}/private_nics`, { private_network_id: network.id })).json;
    const query = `resource_id=${nic.private_nic.id}&is_ipv6=false`;
    const { ips } = (await send('GET', `/ipam/v1/regions/fr-par/ips?${query}`)).json;
    expect(ips.map((ip: { address: string }) => ip.address)).toEqual(['172.16.0.2/22']);
    expect((await send('GET', `${ZONE}/servers/${id}`)).json.server.private_ip).toBeNull();
    expect((await send('DELETE', `/vpc/v2/regions/fr-par/private-networks/${network.id}`)).status).toBe(412);
  });

  test('api-keys tells the project of the key that asks', async () => {
    const { SCW_ACCESS_KEY, SCW_DEFAULT_PROJECT_ID } = emulator.env();
    const { json } = await send('GET', `/iam/v1alpha1/api-keys/${SCW_ACCESS_KEY}`);
    expect(json.default_project_id).toBe(SCW_DEFAULT_PROJECT_ID);
    expect((await send('GET', '/iam/v1alpha1/api-keys/SCW00000000000000000')).status).toBe(404);
  });
});
