import { type Call, fields, flag, isFields, listed, param, section, text, texts } from '../call.ts';
import { invalid, quotasExceeded, type Reply } from '../errors.ts';
import { apiList, apiTime, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { IpamIp, PrivateNetwork } from '../world/types.ts';

const IPS = '/ipam/v1/regions/:region/ips';
const IP = `${IPS}/:id`;

const find = (call: Call): IpamIp => call.world.ipamIps.get(call, param(call, 'id'));

/** /ipam/v1: private addresses. An instance's private address is found here, never in the instance API. */
export const IPAM_ROUTES = [
  route('GET', IPS, list),
  route('POST', IPS, create),
  route('GET', IP, (call) => ok(view(find(call)))),
  route('PATCH', IP, (call) => {
    const ip = find(call);
    const body = fields(call);
    ip.tags = texts(body, 'tags') ?? ip.tags;
    if (Array.isArray(body['reverses'])) ip.reverses = body['reverses'];
    ip.modifiedAt = call.world.clock.now();
    return ok(view(ip));
  }),
  route('DELETE', IP, (call) => {
    call.world.ipamIps.remove(find(call).id);
    return NO_CONTENT;
  }),
  route('POST', `${IP}/attach`, (call) => setResource(call, 'resource')),
  route('POST', `${IP}/detach`, (call) => setResource(call, null)),
  route('POST', `${IP}/move`, (call) => setResource(call, 'to_resource')),
];

function list(call: Call): Reply {
  const { query } = call;
  const types = query.getAll('resource_types').concat(query.getAll('resource_type'));
  const ids = query.getAll('resource_ids').concat(query.getAll('resource_id'));
  const network = query.get('private_network_id');
  const mac = query.get('mac_address');
  const resourceName = query.get('resource_name');
  const [attached, isIpv6] = [query.get('attached'), query.get('is_ipv6')];
  const found = listed(call, call.world.ipamIps.all()).filter(
    (ip) =>
      (types.length === 0 || types.includes('unknown_type') || types.includes(ip.resource?.type ?? '')) &&
      (ids.length === 0 || ids.includes(ip.resource?.id ?? '')) &&
      (!network || ip.privateNetworkId === network) &&
      (!mac || ip.resource?.mac_address === mac) &&
      (!resourceName || (ip.resource?.name ?? '').includes(resourceName)) &&
      (attached === null || (ip.resource !== null) === (attached === 'true')) &&
      (isIpv6 === null || ip.isIpv6 === (isIpv6 === 'true')),
  );
  return apiList(call, 'ips', found.map(view));
}

function create(call: Call): Reply {
  const body = fields(call);
  const networkId = text(section(body, 'source'), 'private_network_id');
  if (networkId === null) throw invalid('source', 'required key not provided', 'required');
  const network = call.world.privateNetworks.get(call, networkId);
  const ip = bookIp(call, {
    network,
    isIpv6: flag(body, 'is_ipv6') ?? false,
    address: text(body, 'address'),
    resource: isFields(body['resource']) ? customResource(body['resource']) : null,
  });
  ip.tags = texts(body, 'tags') ?? [];
  return ok(view(ip));
}

/** Books an address of a private network, a given one or the next free one. */
export function bookIp(
  call: Call,
  of: { network: PrivateNetwork; isIpv6: boolean; address: string | null; resource: IpamIp['resource'] },
): IpamIp {
  const subnet = of.network.subnets.find((one) => one.subnet.includes(':') === of.isIpv6);
  const [base = '', bits = ''] = (subnet?.subnet ?? '').split('/');
  const taken = new Set(
    call.world.ipamIps
      .all()
      .filter((ip) => ip.subnetId === subnet?.id)
      .map((ip) => ip.address),
  );
  const wanted = of.address && `${of.address.split('/')[0]}/${bits}`;
  if (wanted && taken.has(wanted)) throw invalid('address', 'address is already in use');
  let address = wanted;
  for (let host = 2; !address; host++) {
    if (host > 65_000) throw quotasExceeded('ipam_ips', taken.size, taken.size, call.world.organization);
    const next = `${nth(base, host, of.isIpv6)}/${bits}`;
    if (!taken.has(next)) address = next;
  }
  return call.world.ipamIps.add({
    ...born(call, '', of.network.project),
    place: of.network.place,
    address,
    isIpv6: of.isIpv6,
    subnetId: subnet?.id ?? null,
    privateNetworkId: of.network.id,
    resource: of.resource,
    reverses: [],
  });
}

function nth(base: string, host: number, isIpv6: boolean): string {
  if (isIpv6) return `${base.replace(/::$/, '')}::${host.toString(16)}`;
  const number = base.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) + host;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

const customResource = (body: Readonly<Record<string, unknown>>): IpamIp['resource'] => ({
  type: 'custom',
  id: '',
  mac_address: text(body, 'mac_address'),
  name: text(body, 'name'),
});

function setResource(call: Call, key: string | null): Reply {
  const ip = find(call);
  const body = fields(call);
  const wanted = key === null ? null : body[key];
  ip.resource = isFields(wanted) ? customResource(wanted) : null;
  ip.modifiedAt = call.world.clock.now();
  return ok(view(ip));
}

const view = (ip: IpamIp): object => ({
  id: ip.id,
  address: ip.address,
  project_id: ip.project,
  is_ipv6: ip.isIpv6,
  created_at: apiTime(ip.createdAt),
  updated_at: apiTime(ip.modifiedAt),
  source: ip.subnetId === null ? {} : { subnet_id: ip.subnetId },
  resource: ip.resource,
  tags: ip.tags,
  reverses: ip.reverses,
  region: ip.place,
  zone: null,
});
