import type { Client } from '../../../client/client.ts';
import type { Address, Instance, Machine } from '../../../client/generated.ts';
import { pages } from '../../pages.ts';
import type { FleetProvider } from './fleet.ts';
import type { DataMap } from './output/data.ts';
import { INSTANCE_STATE, MACHINE_STATE } from './states.ts';

/** One machine of an account as `-Q` and `-F` show it, ours or not. */
export interface Seen {
  readonly name: string;
  readonly nativeId: string;
  /** The machine of the inventory that it is, or null. */
  readonly machine: Machine | null;
  readonly state: string;
  readonly brief: DataMap;
  readonly full: DataMap;
}

export interface Look {
  readonly seen: readonly Seen[];
  /** Machines of the inventory that should be there and were not shown. */
  readonly lost: readonly string[];
}

/** Everything that the provider's account shows; for machines that were there before us, the inventory. */
export async function lookAround(client: Client, provider: FleetProvider): Promise<Look> {
  const machines = await pages((page) =>
    client.request('GET', '/v1/machines', { query: { provider: provider.name, ...page } as never }),
  );
  if (provider.existing) return { seen: machines.map(seenMachine), lost: [] };
  const { items } = await client.request('GET', '/v1/providers/{provider}/instances', {
    params: { provider: provider.name },
  });
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  const seen = items.map((instance) => seenInstance(instance, byId.get(instance.machine?.id ?? '') ?? null));
  const shown = new Set(items.map(({ nativeId }) => nativeId));
  const steady = machines.filter(({ status, nativeId }) => STEADY.includes(status) && !shown.has(nativeId ?? ''));
  return { seen, lost: steady.map(({ name }) => name) };
}

/** In these an instance is there, unless something is wrong. */
const STEADY: readonly Machine['status'][] = ['ready', 'stopped'];

/** Machines just made, as their accounts show them; as the inventory has them where an account does not tell. */
export async function seenNow(
  client: Client,
  providers: readonly FleetProvider[],
  machines: readonly Machine[],
): Promise<Seen[]> {
  const theirs = providers.filter(({ name }) => machines.some(({ provider }) => provider.name === name));
  const looks = await Promise.all(theirs.map((provider) => lookAround(client, provider).catch(() => null)));
  const shown = new Map(looks.flatMap((look) => look?.seen ?? []).map((seen) => [seen.machine?.id, seen]));
  const now: Seen[] = [];
  for (const { id } of machines) {
    const row = () => client.request('GET', '/v1/machines/{machine}', { params: { machine: id } });
    now.push(shown.get(id) ?? seenMachine(await row()));
  }
  return now;
}

/** Each under its name; of several with one name, ours first and the others with their id, so that none is hidden. */
export function keyed(seen: readonly Seen[]): Map<string, Seen> {
  const found = new Map<string, Seen>();
  const ours = (each: Seen) => (each.machine === null ? 1 : 0);
  for (const each of [...seen].sort((a, b) => ours(a) - ours(b))) {
    found.set(found.has(each.name) ? `${each.name} (${each.nativeId})` : each.name, each);
  }
  return found;
}

/** A machine as the inventory has it: what a creation answers with. */
export function seenMachine(machine: Machine): Seen {
  const { name, addresses, arch, size, location } = machine;
  const nativeId = machine.nativeId ?? '';
  const state = MACHINE_STATE[machine.status];
  const brief = {
    ...addressesOf(addresses),
    id: nativeId,
    name,
    hostname: name,
    image: machine.imageName ?? machine.image,
    image_id: machine.image,
    size,
    state,
    creation_date: pythonTime(machine.createdAt),
  };
  return { name, nativeId, machine, state, brief, full: { ...brief, arch, location, ...managed(machine) } };
}

function seenInstance(instance: Instance, machine: Machine | null): Seen {
  const { name, nativeId, addresses, arch, size, location, tags, createdAt } = instance;
  const state = INSTANCE_STATE[instance.status];
  const brief = {
    ...addressesOf(addresses),
    id: nativeId,
    name,
    hostname: name,
    image: instance.imageName ?? instance.image,
    image_id: instance.image,
    size,
    state,
    creation_date: createdAt,
  };
  const full = { ...brief, arch, location, tags, ...(machine ? managed(machine) : { managed: false }) };
  return { name, nativeId, machine, state, brief, full };
}

/** What only the inventory knows. */
function managed(machine: Machine): DataMap {
  const { price } = machine;
  return {
    managed: true,
    machine: {
      id: machine.id,
      status: machine.status,
      origin: machine.origin,
      profile: machine.profile?.name ?? null,
      provider: machine.provider.name,
      map: machine.map,
      protected: machine.protected,
      ssh_user: machine.sshUser,
      ssh_port: machine.sshPort,
      host_keys: machine.hostKeys,
      ...(price && { price: { hourly: price.hourly, monthly: price.monthly, currency: price.currency } }),
      ...(machine.error && { error: machine.error.message }),
    },
  };
}

function addressesOf(addresses: readonly Address[]): DataMap {
  const of = (reach: Address['reach']) => addresses.filter((each) => each.reach === reach).map(({ ip }) => ip);
  return { public_ips: of('public'), private_ips: of('private') };
}

/** ISO 8601 with an offset, as Python writes it and the clouds answer. */
function pythonTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00');
}
