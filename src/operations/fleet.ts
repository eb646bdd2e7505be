import { SalternError, toSalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Actor } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Provider } from '../core/provider.ts';
import type { Resource } from '../core/resource.ts';

/** Above max(3, 10 %) of a fleet, vanishing at once is not believed. */
function believable(vanished: number, known: number): boolean {
  return vanished <= Math.max(3, Math.floor(known / 10));
}

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
    const recorded = provider.scope;
    const other = recorded && (['endpoint', 'account', 'project'] as const).find((key) => facts[key] !== recorded[key]);
    if (other) {
      throw new SalternError(
        'conflict',
        `provider ${provider.name} now answers for another ${other}: ${facts[other]}, recorded was ${recorded[other]}`,
        { hint: 'Use the credentials it was recorded with, or add the other account as a provider of its own.' },
      );
    }
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
}

/**
 * Checks the scope, lists everything of ours and compares with the ledger. When too many vanished at once the provider
 * becomes `unknown` and the list is refused with `unavailable`, unless a person confirmed that they are gone.
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
  const listed: Instance[] = [];
  for await (const instance of open.driver.instance.list({ installation: ports.store.installation }, signal)) {
    listed.push(instance);
  }
  const byNativeId = new Map(listed.map((instance) => [instance.nativeId, instance]));
  const instances = rows.filter((row) => row.kind === open.driver.instance.kind);
  const known = instances
    .filter((row) => row.status === 'exists')
    .map((row) => ({ row, instance: byNativeId.get(row.nativeId ?? '') ?? null }));
  const vanished = known.filter(({ instance }) => instance === null).length;
  if (!believable(vanished, known.length) && !options.confirmVanished) {
    const reason = `${vanished} of ${known.length} machines vanished at once from the list that ${provider.name} answered`;
    await setProvider(ports, actor, provider, { status: 'unknown', statusReason: reason });
    throw new SalternError('unavailable', `${reason}: it is not believed, and nothing is created or marked gone`, {
      retry: false,
      hint: `Look at the account. If they are really gone: saltern provider reconcile ${provider.name} --confirm-vanished`,
    });
  }
  await setProvider(ports, actor, provider, { status: 'ok', statusReason: null });
  const mine = new Set(known.map(({ row }) => row.nativeId));
  const strangers = listed
    .filter((instance) => !mine.has(instance.nativeId))
    .map((instance) => ({ instance, row: rows.find((row) => row.id === instance.owner?.resource) ?? null }));
  return { known, strangers };
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
