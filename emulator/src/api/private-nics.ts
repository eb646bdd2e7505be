import { randomBytes } from 'node:crypto';
import { type Call, fields, listed, param, place, text, texts } from '../call.ts';
import { invalid, notFound, type Reply } from '../errors.ts';
import { apiList, apiTime, created, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { PrivateNic, Server } from '../world/types.ts';
import { bookIp } from './ipam.ts';
import { privateNicView } from './server-view.ts';

const NICS = '/instance/v1/zones/:zone/servers/:server/private_nics';
const NIC = `${NICS}/:id`;
const INTERFACES = '/instance/v2alpha1/zones/:zone/private-network-interfaces';
const INTERFACE = `${INTERFACES}/:id`;

const find = (call: Call): PrivateNic => call.world.privateNics.get(call, param(call, 'id'));
const serverOf = (call: Call): Server => call.world.servers.get(call, param(call, 'server'));

/** Private network interfaces of instances, as v1 and as v2alpha1 show them. */
export const PRIVATE_NIC_ROUTES = [
  route('GET', NICS, (call) => {
    const server = serverOf(call);
    const nics = listed(call, call.world.privateNics.all()).filter((nic) => nic.serverId === server.id);
    return instanceList(call, 'private_nics', nics.map(privateNicView));
  }),
  route('POST', NICS, (call) => {
    const nic = create(call, serverOf(call));
    return created(call, `servers/${nic.serverId}/private_nics`, 'private_nic', nic.id, privateNicView(nic));
  }),
  route('GET', NIC, (call) => ok({ private_nic: privateNicView(find(call)) })),
  route('PATCH', NIC, (call) => ok({ private_nic: privateNicView(retag(call)) })),
  route('DELETE', NIC, remove),
  route('GET', INTERFACES, (call) => {
    const servers = call.query.getAll('server_ids').flatMap((value) => value.split(','));
    const nics = listed(call, call.world.privateNics.all()).filter(
      (nic) => servers.length === 0 || servers.includes(nic.serverId),
    );
    return apiList(call, 'private_network_interfaces', nics.map(interfaceView));
  }),
  route('POST', INTERFACES, (call) => {
    const server = call.world.servers.get(call, text(fields(call), 'server_id') ?? '');
    return ok(interfaceView(create(call, server)));
  }),
  route('GET', INTERFACE, (call) => ok(interfaceView(find(call)))),
  route('PATCH', INTERFACE, (call) => ok(interfaceView(retag(call)))),
  route('DELETE', INTERFACE, remove),
];

function create(call: Call, server: Server): PrivateNic {
  const body = fields(call);
  const networkId = text(body, 'private_network_id');
  if (networkId === null) throw invalid('private_network_id', 'required key not provided', 'required');
  const network = call.world.privateNetworks.peek(networkId);
  if (!network || !place(call).startsWith(network.place)) throw notFound('private_network', networkId);
  const nic: PrivateNic = {
    ...born(call, '', server.project, texts(body, 'tags') ?? []),
    serverId: server.id,
    privateNetworkId: networkId,
    mac: `02:00:00:${randomBytes(3)
      .toString('hex')
      .replace(/(..)(..)(..)/, '$1:$2:$3')}`,
    ipamIps: texts(body, 'ipam_ip_ids') ?? texts(body, 'ip_ids') ?? [],
  };
  const resource = { type: 'instance_private_nic', id: nic.id, mac_address: nic.mac, name: server.name };
  for (const id of nic.ipamIps) {
    const ip = call.world.ipamIps.peek(id);
    if (!ip) throw notFound('ip', id);
    ip.resource = resource;
  }
  if (nic.ipamIps.length === 0) {
    for (const isIpv6 of [false, true]) nic.ipamIps.push(bookIp(call, { network, isIpv6, address: null, resource }).id);
  }
  return call.world.privateNics.add(nic);
}

function retag(call: Call): PrivateNic {
  const nic = find(call);
  nic.tags = texts(fields(call), 'tags') ?? nic.tags;
  nic.modifiedAt = call.world.clock.now();
  return nic;
}

function remove(call: Call): Reply {
  call.world.removePrivateNic(find(call));
  return NO_CONTENT;
}

const interfaceView = (nic: PrivateNic): object => ({
  id: nic.id,
  private_network_id: nic.privateNetworkId,
  project_id: nic.project,
  server_id: nic.serverId,
  security_group_id: '',
  mac_address: nic.mac,
  status: 'available',
  ip_ids: nic.ipamIps,
  tags: nic.tags,
  created_at: apiTime(nic.createdAt),
  updated_at: apiTime(nic.modifiedAt),
});
