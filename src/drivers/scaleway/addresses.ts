import type { OwnerTag, ResourceKind, ResourceRef, SeenResource } from '../../core/resource.ts';
import type { Clock } from '../../lib/clock.ts';
import { assertProject } from './account.ts';
import { Nothing } from './client.ts';
import { type Context, instancePath } from './context.ts';
import { orNull } from './errors.ts';
import { createMemo } from './memo.ts';
import { isOwnedBy, ownerOf, ownerTags } from './owner.ts';
import { type Ip, IpAnswer, IpPage } from './schema.ts';

type AddressSpec = { readonly type: 'routed_ipv4' | 'routed_ipv6' };

export type Addresses = ResourceKind<AddressSpec>;

/** How long (ms) what was reserved may be missing from a list. */
const SETTLE_MS = 60_000;

/** Reserved ("flexible") addresses: they outlive their machine and cost money alone. Tagged like the machine they are for. */
export function createAddresses(context: Context, clock: Clock): Addresses {
  const { client } = context;
  const reserved = createMemo(clock, SETTLE_MS);

  async function* ours(owner: OwnerTag, zones: readonly string[], signal?: AbortSignal): AsyncGenerator<SeenResource> {
    const project = await context.account.project(signal);
    for (const zone of zones) {
      const path = instancePath(context, zone, '/ips');
      const ips = client.list(
        {
          path,
          query: { project, tags: ownerTags(owner).join(',') },
          style: 'per_page',
          answer: IpPage,
          page: (answer) => ({ items: answer.ips, total: null }),
          id: ({ id }) => id,
        },
        signal,
      );
      for await (const ip of ips) {
        assertProject(path, ip.project, project);
        if (isOwnedBy(ownerOf(ip.tags), owner)) yield seen(ip);
      }
    }
  }

  async function find(ref: ResourceRef, signal?: AbortSignal): Promise<SeenResource | null> {
    if (ref.nativeId) {
      const path = instancePath(context, ref.location, `/ips/${ref.nativeId}`);
      const found = await orNull(ref.nativeId, client.call({ method: 'GET', path, answer: IpAnswer }, signal));
      return found && seen(found.ip);
    }
    for await (const ip of ours(ref.owner, ref.location ? [ref.location] : context.config.zones, signal)) return ip;
    return null;
  }

  return {
    kind: 'address',
    marker: 'tag',
    settleMs: SETTLE_MS,
    find,
    /**
     * Always looks first: an address that an earlier try reserved for a machine that then was refused is used again, also
     * while no list shows it yet.
     */
    async ensure({ type }, ref, signal) {
      const present = await find(ref, signal);
      if (present) return present;
      const project = await context.account.project(signal);
      const path = instancePath(context, ref.location, '/ips');
      const json = { project, type, tags: ownerTags(ref.owner) };
      const reserve = () => client.call({ method: 'POST', path, json, answer: IpAnswer }, signal);
      return seen((await reserved.get(ref.owner.resource, reserve)).ip);
    },
    async destroy(ref, signal) {
      const { nativeId: id, location } = ref.nativeId ? ref : ((await find(ref, signal)) ?? {});
      if (!id) return;
      const path = instancePath(context, location, `/ips/${id}`);
      await orNull(id, client.call({ method: 'DELETE', path, answer: Nothing }, signal));
    },
    list: (owner, signal) => ours(owner, context.config.zones, signal),
  };
}

function seen(ip: Ip): SeenResource {
  return { nativeId: ip.id, name: ip.address ?? ip.type, location: ip.zone, owner: ownerOf(ip.tags) };
}
