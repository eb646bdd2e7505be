import { toSalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Actor } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Provider } from '../core/provider.ts';
import type { Resource, SeenResource } from '../core/resource.ts';
import { refOf } from './ledger.ts';
import { believable, otherScope, tooManyVanished } from './observe.ts';

/**
 * Asks the provider who it is and compares with what was recorded. Another endpoint, account or project is a `conflict`
 * and makes the provider `unknown`: nothing it lists is believed.
 */
export async function checkScope(
  ports: Ports,
  actor: Actor,
  open: OpenProvider,
  signal?: AbortSignal,
): Promise<Provider> {
  const { provider } = open;
  try {
    const facts = await open.driver.check(signal);
    const other = otherScope(provider, facts);
    if (other) throw other;
    return await setProvider(ports, actor, provider, {
      status: provider.status === 'unknown' ? 'unknown' : 'ok',
      scope: facts,
    });
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (error.code !== 'cancelled') {
      await setProvider(ports, actor, provider, { status: 'unknown', statusReason: error.message });
    }
    throw error;
  }
}

export interface Fleet {
  /** Ledger rows that exist, with their instance as listed, or null when the list lacks it. */
  readonly known: readonly { readonly row: Resource; readonly instance: Instance | null }[];
  /** Instances with our tag that the ledger does not have as existing. */
  readonly strangers: readonly { readonly instance: Instance; readonly row: Resource | null }[];
  /** Every instance that the account shows, ours or not. */
  readonly all: readonly Instance[];
}

/** Every instance that the account shows, ours or not. */
export async function instancesOf({ driver }: OpenProvider, signal?: AbortSignal): Promise<Instance[]> {
  const instances: Instance[] = [];
  for await (const instance of driver.instances({}, signal)) instances.push(instance);
  return instances;
}

/**
 * Checks the scope, lists what is there and compares what is ours with the ledger. When too many vanished at once the
 * provider becomes `unknown` and the list is refused with `unavailable`, unless a person confirmed that they are gone.
 */
export async function lookAtFleet(
  ports: Ports,
  actor: Actor,
  open: OpenProvider,
  options: { readonly confirmVanished?: boolean } = {},
  signal?: AbortSignal,
): Promise<Fleet> {
  const provider = await checkScope(ports, actor, open, signal);
  const rows = await ports.store.resources.list({ provider: provider.id });
  if (open.module.features.existing) return asInLedger(ports, actor, open, rows, signal);
  const all = await instancesOf(open, signal);
  const listed = all.filter(({ owner }) => owner?.installation === ports.store.installation);
  const byNativeId = new Map(listed.map((instance) => [instance.nativeId, instance]));
  const instances = rows.filter((row) => row.kind === open.driver.instance.kind);
  const known = instances
    .filter((row) => row.status === 'exists')
    .map((row) => ({ row, instance: byNativeId.get(row.nativeId ?? '') ?? null }));
  const vanished = known.filter(({ instance }) => instance === null).length;
  if (!believable(vanished, known.length) && !options.confirmVanished) {
    const error = tooManyVanished(provider, vanished, known.length);
    await setProvider(ports, actor, provider, { status: 'unknown', statusReason: error.message });
    throw error;
  }
  await setProvider(ports, actor, provider, { status: 'ok', statusReason: null });
  const mine = new Set(known.map(({ row }) => row.nativeId));
  const strange = listed.filter((instance) => !mine.has(instance.nativeId));
  const strangers = strange.map(async (instance) => ({ instance, row: await namedBy(ports, instance) }));
  return { known, strangers: await Promise.all(strangers), all };
}

/** The ledger row that a mark names, read after the thing was listed: its row was written before it was made. */
export async function namedBy({ store }: Ports, { owner }: SeenResource): Promise<Resource | null> {
  return owner?.resource === undefined ? null : store.resources.get(owner.resource);
}

/** Machines that were there before us stand in no list but the ledger: none can vanish from it, none is strange. */
async function asInLedger(
  ports: Ports,
  actor: Actor,
  { provider, driver }: OpenProvider,
  rows: readonly Resource[],
  signal?: AbortSignal,
): Promise<Fleet> {
  await setProvider(ports, actor, provider, { status: 'ok', statusReason: null });
  const existing = rows.filter((row) => row.status === 'exists');
  const find = async (row: Resource) => ({
    row,
    instance: await driver.instance.find(refOf(ports.store, row), signal),
  });
  return { known: await Promise.all(existing.map(find)), strangers: [], all: [] };
}

async function setProvider(
  ports: Ports,
  actor: Actor,
  provider: Provider,
  patch: Partial<Omit<Provider, 'id'>>,
): Promise<Provider> {
  const now = await ports.store.providers.update(provider.id, { ...patch, checkedAt: ports.clock.now() });
  if (now.status !== provider.status) {
    await ports.emit({
      actor,
      type: 'provider.status',
      entity: `provider/${provider.id}`,
      operation: null,
      data: { name: provider.name, status: now.status, reason: now.statusReason },
    });
  }
  return now;
}
