import type { InstanceSpec } from '../../core/instance.ts';
import type { ResourceRef } from '../../core/resource.ts';
import type { Addresses } from './addresses.ts';
import type { Options } from './config.ts';
import { type Context, instancePath } from './context.ts';
import { unlessUnseen } from './errors.ts';
import { ownerTags, volumeName } from './owner.ts';
import { type Server, ServerAnswer } from './schema.ts';

export type Spec = InstanceSpec<Options>;

/** Makes a server, which is off at first, and before it the address that it asks for. */
export async function createServer(
  context: Context,
  addresses: Addresses,
  spec: Spec,
  ref: ResourceRef,
  signal?: AbortSignal,
): Promise<Server> {
  const publicIps = await reserve(addresses, spec, ref, signal);
  const json = createBody(spec, ref, publicIps, await context.account.project(signal));
  const path = instancePath(context, spec.location, '/servers');
  const made = context.client.call({ method: 'POST', path, json, answer: ServerAnswer }, signal);
  const { server } = await unlessUnseen(publicIps, made);
  await ref.onCreated?.(server.id, server.zone);
  return server;
}

async function reserve(
  addresses: Addresses,
  { location, options: { public_ip: wanted } }: Spec,
  ref: ResourceRef,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (wanted === 'dynamic' || wanted === 'none') return [];
  if (typeof wanted === 'object') return wanted;
  const type = wanted === 'ipv6' ? 'routed_ipv6' : 'routed_ipv4';
  return [(await addresses.ensure({ type }, { ...ref, location, nativeId: undefined }, signal)).nativeId];
}

function createBody(spec: Spec, ref: ResourceRef, publicIps: readonly string[], project: string): object {
  const { public_ip, root_volume, security_group, placement_group } = spec.options;
  return {
    name: spec.name,
    commercial_type: spec.size,
    image: spec.image,
    project,
    boot_type: 'local',
    dynamic_ip_required: public_ip === 'dynamic',
    volumes: {
      '0': {
        boot: false,
        name: volumeName(ref.owner),
        ...(root_volume?.size_gb && { size: root_volume.size_gb * 1_000_000_000 }),
        ...(root_volume?.type && { volume_type: root_volume.type }),
      },
    },
    tags: [...ownerTags(ref.owner), ...spec.tags],
    ...(publicIps.length > 0 && { public_ips: publicIps }),
    ...(security_group && { security_group }),
    ...(placement_group && { placement_group }),
  };
}
