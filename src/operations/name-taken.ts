import { type ErrorRecord, SalternError, toRecord } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Machine } from '../core/machine.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import { markGone, rowOf } from './ledger.ts';
import { dropSecrets, machineOf, setMachine } from './machines.ts';

/** Why no instance of a name may be made beside one that is there, and what to do instead. */
export interface NameTaken {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * What bears one of these names in the account and is not the machine's own instance. Made a second time, two instances of one
 * name would run and cost.
 */
export async function namesTaken(
  store: Store,
  { provider, driver }: OpenProvider,
  instances: readonly Instance[],
  wanted: readonly { readonly name: string; readonly resource: string | null }[],
): Promise<NameTaken[]> {
  const found: NameTaken[] = [];
  const byName = Map.groupBy(instances, (seen) => seen.name);
  for (const { name, resource } of wanted) {
    const others = (byName.get(name) ?? []).filter(
      (seen) => seen.status !== 'destroying' && (resource === null || seen.owner?.resource !== resource),
    );
    const [other] = others;
    if (!other) continue;
    const ids = others.map(({ nativeId }) => nativeId).join(' and ');
    const row = await store.resources.byNativeId(provider.id, driver.instance.kind, other.nativeId);
    const machine = row?.machine ? await store.machines.get(row.machine) : null;
    const what = machine ? `the machine ${machine.name}` : 'not managed here';
    const message = `an instance named ${name} is in ${provider.name} already (${ids}), ${what}, and is not made a second time`;
    found.push({ name, message, hint: machine ? 'Take another name.' : advice(store, provider.name, other) });
  }
  return found;
}

function advice({ installation }: Store, provider: string, { owner, nativeId }: Instance): string {
  if (owner?.installation === installation) return `Put it back: saltern recover --provider ${provider}`;
  if (owner) return `The installation ${owner.installation} of Saltern manages it: take another name.`;
  return `Take it over: saltern machine import --provider ${provider} ${nativeId}`;
}

/**
 * Before anything is made: `conflict` when one of the machines' names is taken in the account. Nothing was made of these
 * machines, so none stays in the inventory in the way of an import.
 */
export async function assertNamesFree(
  ports: Ports,
  operation: OperationRecord,
  open: OpenProvider,
  instances: readonly Instance[],
  ids: readonly string[],
): Promise<void> {
  const machines = await Promise.all(ids.map((id) => machineOf(ports, id)));
  const taken = await namesTaken(ports.store, open, instances, machines);
  const [first, ...others] = taken;
  if (!first) return;
  const more = others.length > 0 ? `; so are ${others.map(({ name }) => name).join(', ')}` : '';
  const error = new SalternError('conflict', `${first.message}${more}`, { hint: first.hint });
  for (const machine of machines) await endUnmade(ports, operation, machine, toRecord(error));
  throw error;
}

/** Of a machine that nothing was made of yet, nothing stays in the way of an import: no name, no ledger row, no secret. */
export async function endUnmade(
  ports: Ports,
  operation: Pick<OperationRecord, 'id' | 'actor'>,
  { id, status, nativeId, resource }: Machine,
  error: ErrorRecord,
): Promise<void> {
  if (status !== 'requested' || nativeId !== null) return;
  await markGone(ports, await rowOf(ports, resource));
  await dropSecrets(ports.store, id);
  await setMachine(ports, operation, id, {
    status: 'destroyed',
    destroyedAt: ports.clock.now(),
    error,
    operation: operation.id,
  });
}
