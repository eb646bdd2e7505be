import type { Address, Instance } from '../../core/instance.ts';
import type { ResourcePart } from '../../core/resource.ts';
import { ownerOf } from './owner.ts';
import type { Server } from './schema.ts';
import { toArch } from './sizes.ts';
import { stateRow } from './statuses.ts';

/** A server in the controller's words. */
export function toInstance(server: Server): Instance {
  return {
    nativeId: server.id,
    name: server.name,
    location: server.zone,
    owner: ownerOf(server.tags),
    status: stateRow(server).status,
    size: server.commercial_type,
    image: server.image?.id ?? null,
    imageName: server.image?.name ?? null,
    arch: toArch(server.arch),
    addresses: addressesOf(server),
    tags: server.tags,
    createdAt: server.creation_date ?? null,
    parts: partsOf(server),
  };
}

function addressesOf(server: Server): Address[] {
  const publics = server.public_ips.flatMap(({ address }) =>
    address ? [{ ip: address, reach: 'public' as const }] : [],
  );
  const privates = server.private_ip ? [{ ip: server.private_ip, reach: 'private' as const }] : [];
  return [...publics, ...privates].map(({ ip, reach }) => ({ ip, family: ip.includes(':') ? 6 : 4, reach }));
}

/**
 * Only addresses that we reserved are parts: dynamic ones go with their machine, and those that somebody listed in the
 * profile stay theirs. Scratch disks belong to the hypervisor.
 */
function partsOf(server: Server): ResourcePart[] {
  const volumes = Object.values(server.volumes).flatMap(({ id, volume_type: type }) =>
    type === 'scratch' ? [] : [{ kind: type === 'sbs_volume' ? 'block-volume' : 'volume', nativeId: id }],
  );
  const addresses = server.public_ips.flatMap(({ id, tags }) =>
    ownerOf(tags) ? [{ kind: 'address', nativeId: id }] : [],
  );
  return [...volumes, ...addresses].map((part) => ({ ...part, location: server.zone }));
}
