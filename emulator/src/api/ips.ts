import { type Call, fields, listed, param, place, text, texts } from '../call.ts';
import { invalid, notFound, type Reply } from '../errors.ts';
import { created, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import type { Ip } from '../world/types.ts';
import { projectOf } from './project.ts';

const IPS = '/instance/v1/zones/:zone/ips';
const IP = `${IPS}/:ip`;

/** /instance/v1/…/ips: flexible addresses, found by id or by address. */
export const IP_ROUTES = [
  route('GET', IPS, (call) => {
    const type = call.query.get('type');
    const flexible = call.world.ips.all().filter((ip) => !ip.dynamic && (!type || ip.type === type));
    return instanceList(
      call,
      'ips',
      listed(call, flexible).map((ip) => view(call, ip)),
    );
  }),
  route('POST', IPS, create),
  route('GET', IP, (call) => ok({ ip: view(call, find(call)) })),
  route('PATCH', IP, update),
  route('DELETE', IP, (call) => {
    call.world.removeIp(find(call));
    return NO_CONTENT;
  }),
];

function find(call: Call): Ip {
  const key = param(call, 'ip');
  const byAddress = call.world.ips.all().find((ip) => ip.address === key && ip.place === place(call));
  if (byAddress) return call.world.ips.get(call, byAddress.id);
  if (/^[\d.]+$/.test(key)) throw notFound('instance_ip', `${key}/32`);
  return call.world.ips.get(call, key);
}

function create(call: Call): Reply {
  const body = fields(call);
  const project = projectOf(call, body, 'project', 'compute_ips');
  const type = text(body, 'type') ?? 'routed_ipv4';
  if (type !== 'routed_ipv4' && type !== 'routed_ipv6') throw invalid('type', 'not a valid value');
  const serverId = text(body, 'server');
  const server = serverId === null ? null : call.world.servers.get(call, serverId);
  const { visibleAt } = call.sight;
  const tags = texts(body, 'tags') ?? [];
  const ip = call.world.newIp({ place: place(call), project, type, tags, dynamic: false, visibleAt });
  if (server) call.world.attachIp(ip, server);
  return created(call, 'ips', 'ip', ip.id, view(call, ip));
}

function update(call: Call): Reply {
  const ip = find(call);
  const body = fields(call);
  const reverse = text(body, 'reverse');
  if (reverse) throw invalid('reverse', reverseHelp(reverse, ip.address));
  ip.tags = texts(body, 'tags') ?? ip.tags;
  if ('reverse' in body) ip.reverse = null;
  if ('server' in body) {
    const serverId = text(body, 'server');
    if (serverId === null) call.world.detachIp(ip);
    else call.world.attachIp(ip, call.world.servers.get(call, serverId));
  }
  ip.modifiedAt = call.world.clock.now();
  return ok({ ip: view(call, ip) });
}

/** No name resolves to a loopback address of ours, so the answer is always this refusal. */
const reverseHelp = (name: string, address: string): string =>
  `Your reverse must resolve. Ensure the command 'dig +short ${name}' matches your IP address '${address}'. ` +
  'If it does, please contact our support.';

function view(call: Call, ip: Ip): object {
  const server = call.world.servers.peek(ip.serverId);
  return {
    id: ip.id,
    address: ip.address,
    prefix: ip.prefix,
    reverse: ip.reverse,
    server: server && { id: server.id, name: server.name },
    organization: call.world.organization,
    project: ip.project,
    zone: ip.place,
    type: ip.type,
    state: server ? 'attached' : 'detached',
    tags: ip.tags,
    ipam_id: ip.ipamId,
  };
}
