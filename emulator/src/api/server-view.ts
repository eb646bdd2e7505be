import { instanceTime } from '../house.ts';
import { allowedActions } from '../world/lifecycle.ts';
import type { Image, Ip, PlacementGroup, PrivateNic, Server, Volume } from '../world/types.ts';
import type { World } from '../world/world.ts';

/** JSON of the instance API, key by key as the recordings have it. */
export function serverView(world: World, server: Server): object {
  const ips = world.ipsOf(server).map((ip) => serverIpView(ip));
  const group = world.securityGroups.peek(server.securityGroupId);
  const placement = world.placementGroups.peek(server.placementGroupId);
  return {
    id: server.id,
    name: server.name,
    arch: server.arch,
    commercial_type: server.commercialType,
    boot_type: server.bootType,
    organization: world.organization,
    project: server.project,
    hostname: server.hostname,
    image: server.image && imageView(server.image),
    volumes: Object.fromEntries(
      [...server.volumes].map(([slot, id]) => [slot, serverVolumeView(world, world.volume(id))]),
    ),
    tags: server.tags,
    state: server.state,
    protected: server.isProtected,
    state_detail: server.detail,
    public_ip: ips[0] ?? null,
    public_ips: ips,
    mac_address: server.mac,
    routed_ip_enabled: true,
    ipv6: null,
    extra_networks: [],
    dynamic_ip_required: server.dynamicIpRequired,
    enable_ipv6: false,
    private_ip: null,
    creation_date: instanceTime(server.createdAt),
    modification_date: instanceTime(server.modifiedAt),
    bootscript: null,
    security_group: { id: server.securityGroupId, name: group?.name ?? '' },
    location: server.hasNode ? location(server) : null,
    maintenances: [],
    allowed_actions: allowedActions(server.state),
    placement_group: placement && placementGroupView(world, placement),
    private_nics: world.privateNics
      .all()
      .filter((nic) => nic.serverId === server.id)
      .map(privateNicView),
    zone: server.place,
    filesystems: [],
    end_of_service: world.size(server.commercialType)?.endOfService ?? false,
    dns: `${server.id}.pub.instances.scw.cloud`,
    admin_password_encryption_ssh_key_id: server.adminKeyId,
    admin_password_encrypted_value: null,
  };
}

const location = (server: Server): object => ({
  zone_id: server.place,
  platform_id: '14',
  cluster_id: '16',
  hypervisor_id: '101',
  node_id: '34',
});

function serverIpView(ip: Ip): object {
  const isV6 = ip.type === 'routed_ipv6';
  return {
    id: ip.id,
    address: ip.address,
    dynamic: ip.dynamic,
    gateway: isV6 ? 'fe80::dc00:ff:fe00:1' : '62.210.0.1',
    netmask: isV6 ? '64' : '32',
    family: isV6 ? 'inet6' : 'inet',
    provisioning_mode: isV6 ? 'slaac' : 'dhcp',
    tags: ip.tags,
    state: 'attached',
    ipam_id: ip.ipamId,
  };
}

/** A block volume shows less here than a local one. */
function serverVolumeView(world: World, volume: Volume | null): object | null {
  if (!volume) return null;
  if (volume.kind === 'sbs_volume') {
    return { boot: false, volume_type: volume.kind, id: volume.id, state: 'available', zone: volume.place };
  }
  return { boot: false, ...volumeView(world, volume) };
}

export function volumeView(world: World, volume: Volume): object {
  const server = world.servers.peek(volume.serverId);
  return {
    id: volume.id,
    name: volume.name,
    volume_type: volume.kind,
    export_uri: null,
    organization: world.organization,
    project: volume.project,
    server: server && { id: server.id, name: server.name },
    size: volume.size,
    state: 'available',
    creation_date: instanceTime(volume.createdAt),
    modification_date: instanceTime(volume.modifiedAt),
    tags: volume.tags,
    zone: volume.place,
  };
}

export const imageView = (image: Image): object => ({
  id: image.id,
  name: image.name,
  organization: image.organization,
  project: image.project,
  root_volume: image.rootVolume,
  extra_volumes: image.extraVolumes,
  public: image.isPublic,
  arch: image.arch,
  creation_date: instanceTime(image.createdAt),
  modification_date: instanceTime(image.modifiedAt),
  default_bootscript: null,
  from_server: image.fromServer,
  state: 'available',
  tags: image.tags,
  zone: image.place,
});

export const placementGroupView = (world: World, group: PlacementGroup): object => ({
  id: group.id,
  name: group.name,
  organization: world.organization,
  project: group.project,
  policy_mode: group.policyMode,
  policy_type: group.policyType,
  policy_respected: true,
  tags: group.tags,
  zone: group.place,
});

export const privateNicView = (nic: PrivateNic): object => ({
  id: nic.id,
  private_network_id: nic.privateNetworkId,
  server_id: nic.serverId,
  mac_address: nic.mac,
  state: 'available',
  creation_date: instanceTime(nic.createdAt),
  modification_date: instanceTime(nic.modifiedAt),
  zone: nic.place,
  tags: nic.tags,
  ipam_ip_ids: nic.ipamIps,
});
