import { type Machine, type MachineRequest, machineSecrets } from '../core/machine.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { ResourcePart } from '../core/resource.ts';
import type { Store } from '../core/store.ts';
import { tookPlace } from './ledger.ts';
import { seenPart } from './machines.ts';
import type { SeenMachine } from './recover-seen.ts';
import { reservation } from './request-create.ts';

/** How machines that come back are spoken to: what they were asked for with is lost. */
export interface Reach {
  readonly port: number;
  readonly request: MachineRequest | null;
}

/** The parts that bear our mark, by the ledger row they came with. */
type Parts = ReadonlyMap<string, readonly ResourcePart[]>;

/** Writes inventory and ledger again, all or nothing. Answers with the machines, each `failed` until somebody reached it. */
export async function putBack(ports: Ports, lost: readonly SeenMachine[], reach: Reach): Promise<Machine[]> {
  const opens = new Map(lost.map(({ open }) => [open.provider.id, open]));
  const parts = new Map<string, Parts>();
  for (const [id, open] of opens) parts.set(id, await markedParts(ports, open));
  return ports.store.transaction(async (store) => {
    const machines: Machine[] = [];
    for (const seen of lost) {
      machines.push(await putOneBack({ ...ports, store }, seen, parts.get(seen.open.provider.id) ?? new Map(), reach));
    }
    return machines;
  });
}

async function putOneBack(ports: Ports, seen: SeenMachine, parts: Parts, reach: Reach): Promise<Machine> {
  const { open, owner, instance, view } = seen;
  const { store, clock } = ports;
  const fresh = reservation(ports, open.provider.id, view.name, open.driver.instance.kind);
  const marked = parts.get(owner.resource) ?? [];
  const machine = seen.machine ?? {
    ...fresh.machine,
    // Where the ledger has its row still, the machine comes back under its old id: its secrets lie under that.
    id: seen.row?.machine ?? fresh.machine.id,
    resource: owner.resource,
    ...seenPart(instance),
    image: instance.image,
    imageName: instance.imageName,
    sshPort: reach.port,
    origin: isMadeByUs(open, marked) ? 'created' : 'imported',
    status: 'failed',
    error: NOT_REACHED,
  };
  const row = seen.row ?? {
    ...fresh.resource,
    id: owner.resource,
    machine: machine.id,
    name: instance.name,
    location: instance.location,
    status: 'exists',
    nativeId: instance.nativeId,
    existsAt: clock.now(),
  };
  if (!seen.row) await store.resources.insert(row);
  if (!seen.machine) await store.machines.insert(machine);
  await keepRequest(store, machine.id, reach);
  // Only what bears our mark: others may have attached volumes of theirs since.
  await tookPlace(ports, row, { ...instance, parts: marked });
  return machine;
}

const NOT_REACHED = {
  code: 'cancelled',
  message: 'put back from its tag; nobody has reached it since',
  hint: 'Reach it with: saltern machine deploy NAME',
} as const;

/**
 * What we make bears our mark in its parts too; on what was imported only the instance does. It matters: what others made is
 * only destroyed when a person says so twice.
 */
function isMadeByUs({ driver }: OpenProvider, marked: readonly ResourcePart[]): boolean {
  return marked.length > 0 || Object.keys(driver.partKinds).length === 0;
}

async function keepRequest(store: Store, id: string, { request }: Reach): Promise<void> {
  const name = machineSecrets.request(id);
  if (request && (await store.secrets.get(name)) === null) await store.secrets.put(name, JSON.stringify(request));
}

async function markedParts({ store }: Ports, { driver }: OpenProvider): Promise<Parts> {
  const found = new Map<string, ResourcePart[]>();
  for (const [name, kind] of Object.entries(driver.partKinds)) {
    for await (const { nativeId, location, owner } of kind.list({ installation: store.installation })) {
      if (!owner?.resource) continue;
      found.set(owner.resource, [...(found.get(owner.resource) ?? []), { kind: name, nativeId, location }]);
    }
  }
  return found;
}
