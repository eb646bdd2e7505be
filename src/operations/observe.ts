import type { AccountFacts } from '../core/driver.ts';
import { SalternError, toSalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Provider } from '../core/provider.ts';
import type { Resource } from '../core/resource.ts';
import { refOf } from './ledger.ts';

/** What one look at a provider shows. `unknown`: what it says cannot be believed now, so nothing follows from it. */
export type Observation =
  | {
      readonly status: 'ok';
      readonly scope: AccountFacts;
      /** Every instance of the account, ours or not. None where the backend has no list. */
      readonly instances: readonly Instance[];
    }
  | { readonly status: 'unknown'; readonly reason: string; readonly error: SalternError };

/** Looks once and writes nothing: who answers, everything that is there, and whether that can be believed. */
export async function observe(ports: Ports, open: OpenProvider, signal?: AbortSignal): Promise<Observation> {
  const { provider, driver, module } = open;
  try {
    const scope = await driver.check(signal);
    const other = otherScope(provider, scope);
    if (other) throw other;
    if (module.features.existing) return { status: 'ok', scope, instances: [] };
    const listed: Instance[] = [];
    for await (const instance of driver.instances({}, signal)) listed.push(instance);
    const vanished = await vanishedFrom(ports, open, listed);
    const late = await Promise.all(vanished.map((row) => driver.instance.find(refOf(ports.store, row), signal)));
    return { status: 'ok', scope, instances: [...listed, ...late.filter((instance) => instance !== null)] };
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (error.code === 'cancelled') throw error;
    return { status: 'unknown', reason: error.message, error };
  }
}

/** Ledger rows whose instance a list lacks: few enough to be asked for one by one, or the list is refused. */
async function vanishedFrom(
  { store }: Ports,
  { provider, driver }: OpenProvider,
  listed: readonly Instance[],
): Promise<Resource[]> {
  const rows = await store.resources.list({ provider: provider.id, statuses: ['exists'] });
  const known = rows.filter(({ kind }) => kind === driver.instance.kind);
  const seen = new Set(listed.map(({ nativeId }) => nativeId));
  const vanished = known.filter(({ nativeId }) => !seen.has(nativeId ?? ''));
  if (believable(vanished.length, known.length)) return vanished;
  throw tooManyVanished(provider, vanished.length, known.length);
}

/** Above max(3, 10 %) of a fleet, vanishing at once is not believed. */
export function believable(vanished: number, known: number): boolean {
  return vanished <= Math.max(3, Math.floor(known / 10));
}

export function tooManyVanished({ name }: Provider, vanished: number, known: number): SalternError {
  const reason = `${vanished} of ${known} machines vanished at once from the list that ${name} answered`;
  return new SalternError('unavailable', `${reason}: it is not believed, and nothing is created or marked gone`, {
    retry: false,
    hint: `Look at the account. If they are really gone: saltern provider reconcile ${name} --confirm-vanished`,
  });
}

/** A `conflict` when another endpoint, account or project answers than the one that was recorded. */
export function otherScope({ name, scope }: Provider, facts: AccountFacts): SalternError | null {
  const other = scope && (['endpoint', 'account', 'project'] as const).find((key) => facts[key] !== scope[key]);
  if (!other) return null;
  return new SalternError(
    'conflict',
    `provider ${name} now answers for another ${other}: ${facts[other]}, recorded was ${scope[other]}`,
    { hint: 'Use the credentials it was recorded with, or add the other account as a provider of its own.' },
  );
}
