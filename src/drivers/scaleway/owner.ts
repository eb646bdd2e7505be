import type { OwnerTag } from '../../core/resource.ts';

const INSTALLATION = 'saltern:installation=';
const RESOURCE = 'saltern:resource=';

/** Two tags, so that a list can be filtered by either. */
export function ownerTags(owner: OwnerTag): string[] {
  return [`${INSTALLATION}${owner.installation}`, ...(owner.resource ? [`${RESOURCE}${owner.resource}`] : [])];
}

export function ownerOf(tags: readonly string[]): OwnerTag | null {
  const installation = valueAfter(tags, INSTALLATION);
  const resource = valueAfter(tags, RESOURCE);
  if (!installation) return null;
  return { installation, ...(resource && { resource }) };
}

/** The tags that are not our mark. */
export function otherTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => !tag.startsWith(INSTALLATION) && !tag.startsWith(RESOURCE));
}

export function isOwnedBy(found: OwnerTag | null, owner: OwnerTag): boolean {
  return found?.installation === owner.installation && (!owner.resource || found.resource === owner.resource);
}

/**
 * A root volume cannot be tagged in the request that makes its machine, but it can be named: the name is its mark.
 * Both ids are ULIDs, which hold no dash.
 */
export function volumeName(owner: Required<OwnerTag>): string {
  return `saltern-${owner.installation}-${owner.resource}`;
}

export function volumeOwner(name: string): OwnerTag | null {
  const [, installation, resource] = /^saltern-([^-]+)-([^-]+)$/.exec(name) ?? [];
  return installation && resource ? { installation, resource } : null;
}

function valueAfter(tags: readonly string[], prefix: string): string | undefined {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
}
