import { basename } from 'node:path';
import type { InventoryEntry } from '../../client/generated.ts';

/** A machine that can be reached, as every format reads it. */
export type Host = InventoryEntry;

/** Files that a format's text points at. */
export interface SshFiles {
  readonly knownHosts: string;
  /** The controller's login key; null to log in with whatever the person has. */
  readonly identity: string | null;
}

/** Turns machines into one tool's text. */
export type Render = (hosts: readonly Host[], files: SshFiles) => string | Promise<string>;

/** What machines are grouped by, in the order of the groups. */
const KINDS = {
  provider: (host) => [host.provider.name],
  profile: (host) => [host.profile?.name],
  map: (host) => [host.map && basename(host.map).replace(/\.[^.]*$/, '')],
  status: (host) => [host.status],
  image: (host) => [host.imageName ?? host.image],
  tag: (host) => host.asked.tags,
} as const satisfies Record<string, (host: Host) => readonly (string | null | undefined)[]>;

/** Groups such as `provider_paris`, named as Ansible allows: letters, digits and `_`. */
export function groupsOf(hosts: readonly Host[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [kind, valuesOf] of Object.entries(KINDS)) {
    for (const host of hosts) {
      for (const value of valuesOf(host)) {
        if (!value) continue;
        const name = `${kind}_${value.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
        groups.set(name, [...(groups.get(name) ?? []), host.name]);
      }
    }
  }
  return groups;
}

/** Plain facts that a playbook, a grain or a label may want. What is not known is left out. */
export function factsOf(host: Host): Record<string, string> {
  const facts = {
    id: host.id,
    provider: host.provider.name,
    profile: host.profile?.name,
    map: host.map,
    location: host.location,
    size: host.size,
    image: host.imageName ?? host.image,
    arch: host.arch,
    native_id: host.nativeId,
  };
  return Object.fromEntries(Object.entries(facts).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}

/** Whether a name can stand where white space, patterns or `-` at the start would mean something else. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name);
}
