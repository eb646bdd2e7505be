import { randomUUID } from 'node:crypto';
import { type Call, fields, flag, listed, param, place, text, texts } from '../call.ts';
import { type Reply, stillInUse } from '../errors.ts';
import { apiList, apiTime, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { PrivateNetwork, Vpc } from '../world/types.ts';
import { projectOf } from './project.ts';

const VPCS = '/vpc/v2/regions/:region/vpcs';
const VPC = `${VPCS}/:id`;
const NETWORKS = '/vpc/v2/regions/:region/private-networks';
const NETWORK = `${NETWORKS}/:id`;

const findVpc = (call: Call): Vpc => call.world.vpcs.get(call, param(call, 'id'));
const findNetwork = (call: Call): PrivateNetwork => call.world.privateNetworks.get(call, param(call, 'id'));

/** /vpc/v2: what an instance needs to join a private network. */
export const VPC_ROUTES = [
  route('GET', VPCS, (call) => {
    defaultVpc(call, call.world.options.project);
    const isDefault = call.query.get('is_default');
    const vpcs = listed(call, call.world.vpcs.all()).filter(
      (vpc) => isDefault === null || String(vpc.isDefault) === isDefault,
    );
    return apiList(
      call,
      'vpcs',
      vpcs.map((vpc) => vpcView(call, vpc)),
    );
  }),
  route('POST', VPCS, createVpc),
  route('GET', VPC, (call) => ok(vpcView(call, findVpc(call)))),
  route('PATCH', VPC, (call) => {
    const vpc = rename(call, findVpc(call));
    return ok(vpcView(call, vpc));
  }),
  route('DELETE', VPC, deleteVpc),
  route('POST', `${VPC}/enable-custom-routes-propagation`, (call) => {
    const vpc = findVpc(call);
    vpc.customRoutes = true;
    return ok(vpcView(call, vpc));
  }),
  route('GET', NETWORKS, (call) => {
    const vpcId = call.query.get('vpc_id');
    const networks = listed(call, call.world.privateNetworks.all()).filter((one) => !vpcId || one.vpcId === vpcId);
    return apiList(
      call,
      'private_networks',
      networks.map((network) => networkView(call, network)),
    );
  }),
  route('POST', NETWORKS, createNetwork),
  route('GET', NETWORK, (call) => ok(networkView(call, findNetwork(call)))),
  route('PATCH', NETWORK, (call) => ok(networkView(call, rename(call, findNetwork(call))))),
  route('DELETE', NETWORK, deleteNetwork),
];

/** Every project has one in each region, made when it is first needed. */
function defaultVpc(call: Call, project: string): Vpc {
  const { vpcs } = call.world;
  const known = vpcs.all().find((vpc) => vpc.isDefault && vpc.project === project && vpc.place === place(call));
  if (known) return known;
  const common = { ...born(call, 'default', project, ['default']), visibleAt: 0 };
  return vpcs.add({ ...common, isDefault: true, routing: true, customRoutes: false });
}

function createVpc(call: Call): Reply {
  const body = fields(call);
  const project = projectOf(call, body, 'project_id', 'vpc');
  const vpc = call.world.vpcs.add({
    ...born(call, text(body, 'name') || `vpc-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    isDefault: false,
    routing: flag(body, 'enable_routing') ?? true,
    customRoutes: false,
  });
  return ok(vpcView(call, vpc));
}

function deleteVpc(call: Call): Reply {
  const vpc = findVpc(call);
  if (networksOf(call, vpc).length > 0) throw stillInUse('resource is still in use');
  call.world.vpcs.remove(vpc.id);
  return NO_CONTENT;
}

function createNetwork(call: Call): Reply {
  const body = fields(call);
  const project = projectOf(call, body, 'project_id', 'private_network');
  const vpcId = text(body, 'vpc_id');
  const vpc = vpcId === null ? defaultVpc(call, project) : call.world.vpcs.get(call, vpcId);
  const wanted = texts(body, 'subnets') ?? [];
  const number = call.world.privateNetworks.size;
  const ipv4 = `172.${16 + (Math.floor(number / 64) % 16)}.${(number % 64) * 4}.0/22`;
  const ipv6 = `fd5f:519c:6d46:${(number + 1).toString(16)}::/64`;
  const subnets = [
    ...(wanted.some((subnet) => !subnet.includes(':')) ? [] : [ipv4]),
    ...(wanted.some((subnet) => subnet.includes(':')) ? [] : [ipv6]),
    ...wanted,
  ];
  const network = call.world.privateNetworks.add({
    ...born(call, text(body, 'name') || `pn-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    vpcId: vpc.id,
    subnets: subnets.map((subnet) => ({ id: randomUUID(), subnet })),
    defaultRoutes: flag(body, 'default_route_propagation_enabled') ?? false,
  });
  return ok(networkView(call, network));
}

function deleteNetwork(call: Call): Reply {
  const network = findNetwork(call);
  if (call.world.privateNics.all().some((nic) => nic.privateNetworkId === network.id)) {
    throw stillInUse('resource is still in use');
  }
  call.world.privateNetworks.remove(network.id);
  return NO_CONTENT;
}

function rename<T extends Vpc | PrivateNetwork>(call: Call, item: T): T {
  const body = fields(call);
  item.name = text(body, 'name') ?? item.name;
  item.tags = texts(body, 'tags') ?? item.tags;
  item.modifiedAt = call.world.clock.now();
  return item;
}

const networksOf = (call: Call, vpc: Vpc): PrivateNetwork[] =>
  call.world.privateNetworks.all().filter((network) => network.vpcId === vpc.id);

const vpcView = (call: Call, vpc: Vpc): object => ({
  id: vpc.id,
  name: vpc.name,
  organization_id: call.world.organization,
  project_id: vpc.project,
  created_at: apiTime(vpc.createdAt),
  updated_at: apiTime(vpc.modifiedAt),
  tags: vpc.tags,
  is_default: vpc.isDefault,
  private_network_count: networksOf(call, vpc).length,
  routing_enabled: vpc.routing,
  custom_routes_propagation_enabled: vpc.customRoutes,
  transitivity_enabled: false,
  s3_integration_enabled: false,
  region: vpc.place,
});

const networkView = (call: Call, network: PrivateNetwork): object => ({
  id: network.id,
  name: network.name,
  organization_id: call.world.organization,
  project_id: network.project,
  created_at: apiTime(network.createdAt),
  updated_at: apiTime(network.modifiedAt),
  tags: network.tags,
  subnets: network.subnets.map(({ id, subnet }) => ({
    id,
    created_at: apiTime(network.createdAt),
    updated_at: apiTime(network.createdAt),
    subnet,
    project_id: network.project,
    private_network_id: network.id,
    vpc_id: network.vpcId,
    region: network.place,
  })),
  vpc_id: network.vpcId,
  dhcp_enabled: true,
  default_route_propagation_enabled: network.defaultRoutes,
  has_s3_integration: false,
  region: network.place,
});
