import { randomBytes, randomUUID } from 'node:crypto';
import { type Call, count, type Fields, fields, flag, isFields, param, section, text, texts } from '../call.ts';
import type { SizeFacts } from '../catalogue/sizes.ts';
import { isOffered } from '../catalogue/zones.ts';
import { type ArgumentProblem, invalid, invalidArguments, notFound, outOfStock, type Reply } from '../errors.ts';
import { created } from '../house.ts';
import { born } from '../world/store.ts';
import type { Image, Server, Volume } from '../world/types.ts';
import { isUuid, projectOf } from './project.ts';
import { defaultSecurityGroup } from './security-groups.ts';
import { serverView } from './server-view.ts';

const BLOCK_ROOT_BYTES = 10_000_000_000;
const DEFAULT_IOPS = 5_000;

/** POST /servers: the instance exists afterwards, stopped; nothing runs yet. */
export function createServer(call: Call): Reply {
  const body = fields(call);
  const { world } = call;
  const zone = param(call, 'zone');
  checkRequired(body);
  const size = sizeOf(call, text(body, 'commercial_type') ?? '');
  const image = imageOf(call, body, size);
  const project = projectOf(call, body, 'project', 'compute_servers');
  const ips = ipsOf(call, body);
  const placementGroup = text(body, 'placement_group');
  if (placementGroup) world.placementGroups.get(call, placementGroup);
  const securityGroup = text(body, 'security_group') ?? defaultSecurityGroup(call, project).id;
  world.securityGroups.get(call, securityGroup);
  const servers = world.servers.all();
  world.checkQuota('cp_servers', servers.length);
  const quota = `cp_servers_type_${size.name.replaceAll('-', '_')}`;
  world.checkQuota(quota, servers.filter((one) => one.commercialType === size.name).length);
  if (world.availability(size.name, zone) === 'shortage') throw outOfStock(size.name);

  const name = text(body, 'name') ?? `scw-${randomBytes(4).toString('hex')}`;
  const server: Server = {
    ...born(call, name, project, texts(body, 'tags') ?? []),
    hostname: hostname(name),
    commercialType: size.name,
    arch: size.arch,
    image,
    volumes: new Map(),
    ipIds: [],
    dynamicIpRequired: flag(body, 'dynamic_ip_required') ?? true,
    bootType: text(body, 'boot_type') ?? 'local',
    isProtected: flag(body, 'protected') ?? false,
    securityGroupId: securityGroup,
    placementGroupId: placementGroup,
    adminKeyId: text(body, 'admin_password_encryption_ssh_key_id'),
    userData: new Map(),
    mac: `de:00:00:${randomBytes(3)
      .toString('hex')
      .replace(/(..)(..)(..)/, '$1:$2:$3')}`,
    state: 'stopped',
    detail: '',
    phases: [],
    hasNode: false,
    machineAddress: null,
    bootError: null,
  };
  for (const [slot, volume] of plannedVolumes(call, body, server, size)) {
    (volume.kind === 'sbs_volume' ? world.blockVolumes : world.volumes).add(volume);
    volume.serverId = server.id;
    server.volumes.set(slot, volume.id);
  }
  world.servers.add(server);
  for (const ip of ips) world.attachIp(ip, server);
  return created(call, 'servers', 'server', server.id, serverView(world, server));
}

/** The host name that the cloud makes of a name. */
export const hostname = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63) || 'scw';

function checkRequired(body: Fields): void {
  const missing = (name: string): ArgumentProblem => ({
    argument_name: name,
    reason: 'required',
    help_message: 'required key not provided',
  });
  const problems = [
    ...(text(body, 'commercial_type') ? [] : [missing('commercial_type')]),
    ...(text(body, 'image') || isFields(body['volumes']) ? [] : [missing('image'), missing('volumes')]),
  ];
  if (problems.length > 0) throw invalidArguments(problems);
}

/** What is sold in the call's zone under this name; throws for anything else. */
export function sizeOf(call: Call, name: string): SizeFacts {
  const size = call.world.size(name);
  if (!size || !isOffered(size, param(call, 'zone'))) throw invalid('commercial_type', 'not a valid value');
  return size;
}

function imageOf(call: Call, body: Fields, size: SizeFacts): Image | null {
  const id = text(body, 'image');
  if (id === null) return null;
  if (!isUuid(id)) throw invalid('image', 'not a valid value');
  const image = call.world.image(id, param(call, 'zone'));
  if (!image || call.sight.foreign) throw notFound('instance_image', id);
  if (image.arch !== size.arch) {
    throw invalid('image', `image architecture ${image.arch} does not fit ${size.name} (${size.arch})`);
  }
  return image;
}

function ipsOf(call: Call, body: Fields) {
  const one = text(body, 'public_ip');
  const ids = [...(texts(body, 'public_ips') ?? []), ...(one ? [one] : [])];
  return ids.map((id) => {
    const ip = call.world.ips.get(call, id);
    if (ip.serverId !== null) throw invalid('public_ips', `IP ${id} is already attached to a server`);
    return ip;
  });
}

function plannedVolumes(call: Call, body: Fields, server: Server, size: SizeFacts): Map<string, Volume> {
  const asked = section(body, 'volumes');
  const planned = new Map<string, Volume>();
  if (server.image) planned.set('0', rootVolume(call, section(asked, '0'), server, server.image, size));
  for (const [slot, template] of Object.entries(asked)) {
    if (!planned.has(slot) && isFields(template)) planned.set(slot, extraVolume(call, template, server, slot));
  }
  const local = [...planned.values()].filter((one) => one.kind === 'l_ssd').reduce((sum, one) => sum + one.size, 0);
  const limit = size.localGb * 1e9;
  if (local > limit) {
    throw invalid('volumes', `the total size of local volumes is ${local}, ${size.name} takes at most ${limit}`);
  }
  return planned;
}

function rootVolume(call: Call, asked: Fields, server: Server, image: Image, size: SizeFacts): Volume {
  const natural = image.rootVolume.volume_type === 'sbs_snapshot' ? 'sbs_volume' : 'l_ssd';
  const kind = text(asked, 'volume_type') === 'l_ssd' ? 'l_ssd' : text(asked, 'volume_type') ? 'sbs_volume' : natural;
  const bytes = kind === 'l_ssd' ? Math.max(size.localGb * 1e9, image.rootVolume.size) : BLOCK_ROOT_BYTES;
  const fallback = kind === 'l_ssd' ? image.rootVolume.name || image.name : `${image.name}_sbs_volume_0`;
  return newVolume(call, {
    kind,
    name: text(asked, 'name') || fallback,
    project: server.project,
    size: count(asked, 'size') || bytes,
    parentSnapshotId: image.rootVolume.id,
  });
}

function extraVolume(call: Call, asked: Fields, server: Server, slot: string): Volume {
  const id = text(asked, 'id');
  if (id) return freeVolume(call, id);
  const kind = text(asked, 'volume_type') ?? 'l_ssd';
  if (kind !== 'l_ssd' && kind !== 'sbs_volume' && kind !== 'scratch') throw invalid('volumes', 'not a valid value');
  const name = text(asked, 'name') || `${server.name}_${kind}_${slot}`;
  const size = count(asked, 'size') ?? BLOCK_ROOT_BYTES;
  return newVolume(call, { kind, name, project: server.project, size, parentSnapshotId: text(asked, 'base_snapshot') });
}

/** An existing volume that may be attached; throws when it is unknown or in use. */
export function freeVolume(call: Call, id: string): Volume {
  const store = call.world.blockVolumes.peek(id) ? call.world.blockVolumes : call.world.volumes;
  const volume = store.get(call, id);
  if (volume.serverId !== null) throw invalid('volumes', `Volume ${id} is already attached to a server`);
  return volume;
}

export function newVolume(
  call: Call,
  of: Pick<Volume, 'kind' | 'name' | 'project' | 'size' | 'parentSnapshotId'> & {
    tags?: readonly string[];
    iops?: number;
  },
): Volume {
  call.world.checkQuota('cp_volumes', call.world.volumes.size + call.world.blockVolumes.size);
  return {
    ...born(call, of.name, of.project, of.tags),
    kind: of.kind,
    size: of.size,
    serverId: null,
    iops: of.iops ?? DEFAULT_IOPS,
    parentSnapshotId: of.parentSnapshotId,
    referenceId: randomUUID(),
    lastDetachedAt: null,
    leaving: null,
  };
}
