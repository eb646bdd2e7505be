import type { Instance } from '../core/instance.ts';
import type { Machine } from '../core/machine.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { OwnerTag, Resource } from '../core/resource.ts';
import type { RecoveredMachine } from './inputs.ts';
import { isName } from './requests.ts';

/** An instance that bears an installation's mark. */
export interface Tagged {
  readonly open: OpenProvider;
  readonly owner: Required<OwnerTag>;
  readonly instance: Instance;
}

/** What the inventory still has of it, and what is to become of it. */
export interface SeenMachine extends Tagged {
  readonly row: Resource | null;
  readonly machine: Machine | null;
  readonly view: RecoveredMachine;
}

/** Holds what bears our mark against inventory and ledger: known, to be put back, or in conflict with what is known. */
export async function judgeSeen(ports: Ports, tagged: readonly Tagged[]): Promise<SeenMachine[]> {
  const machines = await ports.store.machines.list();
  const byResource = new Map(machines.map((machine) => [machine.resource, machine]));
  const names = new Set(machines.map(({ name }) => name));
  const rows = new Set<string>();
  const seen: SeenMachine[] = [];
  for (const one of tagged) {
    const { owner, instance } = one;
    const row = await ports.store.resources.get(owner.resource);
    const machine = byResource.get(owner.resource) ?? null;
    const name = machine?.name ?? freeName(instance, names);
    const { action, reason } = judge(one, row, machine, name, rows);
    rows.add(owner.resource);
    if (action === 'recover') names.add(name);
    const { nativeId, location } = instance;
    const view = { name, provider: one.open.provider.name, nativeId, location, action, reason };
    seen.push({ ...one, row, machine, view });
  }
  return seen;
}

function judge(
  { instance, owner }: Tagged,
  row: Resource | null,
  machine: Machine | null,
  name: string,
  rows: ReadonlySet<string>,
): Pick<RecoveredMachine, 'action' | 'reason'> {
  if (rows.has(owner.resource) || (row?.nativeId && row.nativeId !== instance.nativeId)) {
    return { action: 'conflict', reason: 'made twice for one machine: `saltern provider reconcile` ends the second' };
  }
  if (row?.status === 'gone')
    return { action: 'conflict', reason: 'was destroyed here: `saltern provider reconcile` ends it' };
  if (row && machine) return { action: 'known', reason: null };
  return { action: 'recover', reason: name === instance.name ? null : `its instance is called ${instance.name}` };
}

/** The instance's name where it can be one and is free; else one that tells it apart. */
function freeName({ name, nativeId }: Instance, taken: ReadonlySet<string>): string {
  if (isName(name) && !taken.has(name)) return name;
  const plain = name.replaceAll(/[^A-Za-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return `${plain.slice(0, 50) || 'machine'}-${nativeId.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 8)}`;
}
