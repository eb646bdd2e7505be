import { randomUUID } from 'node:crypto';
import { type Call, fields, flag, isFields, listed, param, section, text, texts } from '../call.ts';
import { invalid, outOfStock, preconditionFailed, type Reply } from '../errors.ts';
import { fakeTask, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { isAction, refusal } from '../world/lifecycle.ts';
import { born } from '../world/store.ts';
import type { Server } from '../world/types.ts';
import { createServer, freeVolume } from './server-create.ts';
import { resizeServer } from './server-resize.ts';
import { serverView } from './server-view.ts';

const SERVERS = '/instance/v1/zones/:zone/servers';
const SERVER = `${SERVERS}/:id`;

const find = (call: Call): Server => call.world.servers.get(call, param(call, 'id'));
const show = (call: Call, server: Server): Reply => ok({ server: serverView(call.world, server) });

/** /instance/v1/…/servers. */
export const SERVER_ROUTES = [
  route('GET', SERVERS, listServers),
  route('POST', SERVERS, createServer),
  route('GET', SERVER, (call) => show(call, find(call))),
  route('PATCH', SERVER, updateServer),
  route('PUT', SERVER, updateServer),
  route('DELETE', SERVER, deleteServer),
  route('GET', `${SERVER}/action`, (call) => ok({ actions: serverActions(find(call)) })),
  route('POST', `${SERVER}/action`, act),
  route('POST', `${SERVER}/attach-volume`, attachVolume),
  route('POST', `${SERVER}/detach-volume`, detachVolume),
];

const serverActions = (server: Server): readonly string[] =>
  ['poweron', 'poweroff', 'reboot', 'stop_in_place', 'terminate', 'backup'].filter(
    (name) => !isAction(name) || refusal(server, name) === null,
  );

function listServers(call: Call): Reply {
  const { query, world } = call;
  const ids = query.get('servers')?.split(',');
  const wanted: Readonly<Record<string, (server: Server, value: string) => boolean>> = {
    state: (server, value) => server.state === value,
    commercial_type: (server, value) => server.commercialType === value,
    security_group: (server, value) => server.securityGroupId === value,
    without_ip: (server, value) => value !== 'true' || server.ipIds.length === 0,
    with_ip: (server, value) => world.ipsOf(server).some((ip) => ip.address === value),
    // Private addresses come from IPAM nowadays: this field is never set, so nothing matches.
    private_ip: () => false,
    private_network: (server, value) =>
      world.privateNics.all().some((nic) => nic.serverId === server.id && nic.privateNetworkId === value),
  };
  const servers = listed(call, world.servers.all()).filter(
    (server) =>
      (!ids || ids.includes(server.id)) &&
      Object.entries(wanted).every(([name, fits]) => !query.get(name) || fits(server, query.get(name) ?? '')),
  );
  const newestFirst = query.get('order') !== 'creation_date_asc';
  servers.sort((a, b) => (newestFirst ? b.createdAt - a.createdAt : a.createdAt - b.createdAt));
  return instanceList(
    call,
    'servers',
    servers.map((server) => serverView(world, server)),
  );
}

function updateServer(call: Call): Reply {
  const server = find(call);
  const body = fields(call);
  const { world } = call;
  const type = text(body, 'commercial_type');
  if (type) resizeServer(call, server, type);
  const groupId = text(section(body, 'security_group'), 'id');
  if (groupId) server.securityGroupId = world.securityGroups.get(call, groupId).id;
  if ('placement_group' in body) server.placementGroupId = placementGroup(call, text(body, 'placement_group'));
  server.name = text(body, 'name') ?? server.name;
  server.tags = texts(body, 'tags') ?? server.tags;
  server.bootType = text(body, 'boot_type') ?? server.bootType;
  server.isProtected = flag(body, 'protected') ?? server.isProtected;
  server.dynamicIpRequired = flag(body, 'dynamic_ip_required') ?? server.dynamicIpRequired;
  server.adminKeyId = text(body, 'admin_password_encryption_ssh_key_id') ?? server.adminKeyId;
  const ips = texts(body, 'public_ips')?.map((id) => world.ips.get(call, id));
  if (ips) {
    for (const ip of world.ipsOf(server)) if (!ips.includes(ip)) world.detachIp(ip);
    for (const ip of ips) if (ip.serverId !== server.id) world.attachIp(ip, server);
  }
  if (isFields(body['volumes'])) setVolumes(call, server, body['volumes']);
  server.modifiedAt = world.clock.now();
  return show(call, server);
}

function placementGroup(call: Call, id: string | null): string | null {
  if (id === null) return null;
  if (!/^[0-9a-f-]{36}$/.test(id)) throw invalid('placement_group', 'not a valid value');
  return call.world.placementGroups.get(call, id).id;
}

/** PATCH volumes names every volume that stays: the others are detached. */
function setVolumes(call: Call, server: Server, wanted: Readonly<Record<string, unknown>>): void {
  const next = new Map<string, string>();
  const mine = new Set(server.volumes.values());
  for (const [slot, template] of Object.entries(wanted)) {
    const id = isFields(template) ? text(template, 'id') : null;
    if (id === null) throw invalid('volumes', 'required key not provided', 'required');
    if (!mine.has(id)) freeVolume(call, id).serverId = server.id;
    next.set(slot, id);
  }
  for (const id of mine) {
    const volume = [...next.values()].includes(id) ? null : call.world.volume(id);
    if (volume) call.world.detachVolume(volume);
  }
  server.volumes = next;
}

function deleteServer(call: Call): Reply {
  const server = find(call);
  if (server.state !== 'stopped') throw preconditionFailed('server should be stopped');
  if (server.isProtected) throw preconditionFailed('server is protected');
  call.world.removeServer(server, false);
  return NO_CONTENT;
}

function act(call: Call): Reply {
  const server = find(call);
  const body = fields(call);
  const action = text(body, 'action') ?? '';
  if (action === 'backup') backup(call, server, text(body, 'name'));
  else if (isAction(action)) power(call, server, action);
  else if (action !== 'enable_routed_ip') throw invalid('action', 'not a valid value');
  const path = `/servers/${server.id}`;
  const task = fakeTask(call, `${path}/action`, path);
  return { status: 202, body: { task } };
}

function power(call: Call, server: Server, action: Parameters<typeof refusal>[1]): void {
  const refused = refusal(server, action);
  if (refused) throw preconditionFailed(refused);
  if (action === 'terminate' && server.isProtected) throw preconditionFailed('server is protected');
  const isEmpty = call.world.availability(server.commercialType, server.place) === 'shortage';
  if (action === 'poweron' && !server.hasNode && isEmpty) throw outOfStock(server.commercialType);
  call.world.begin(server, action);
}

/** An image of the user's own, made of the root volume. */
function backup(call: Call, server: Server, name: string | null): void {
  const root = call.world.volume(server.volumes.get('0') ?? null);
  call.world.images.add({
    ...born(call, name ?? `${server.name}-backup`, server.project),
    organization: call.world.organization,
    label: server.image?.label ?? '',
    arch: server.arch,
    isPublic: false,
    rootVolume: {
      id: randomUUID(),
      name: `${root?.name ?? server.name}-snapshot`,
      volume_type: root?.kind === 'l_ssd' ? 'l_ssd' : 'sbs_snapshot',
      size: root?.size ?? 0,
    },
    extraVolumes: {},
    fromServer: server.id,
  });
}

function attachVolume(call: Call): Reply {
  const server = find(call);
  const body = fields(call);
  const volume = freeVolume(call, text(body, 'volume_id') ?? '');
  volume.serverId = server.id;
  let slot = 0;
  while (server.volumes.has(String(slot))) slot++;
  server.volumes.set(String(slot), volume.id);
  return show(call, server);
}

function detachVolume(call: Call): Reply {
  const server = find(call);
  const id = text(fields(call), 'volume_id') ?? '';
  const slot = [...server.volumes].find(([, one]) => one === id)?.[0];
  const volume = call.world.volume(id);
  if (slot === undefined || !volume) throw invalid('volume_id', `Volume ${id} is not attached to this server`);
  server.volumes.delete(slot);
  call.world.detachVolume(volume);
  return show(call, server);
}
