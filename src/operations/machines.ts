import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import { type Machine, type MachineStatus, machineSecrets } from '../core/machine.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';

/** The machine, or `not_found`. */
export async function machineOf(ports: Ports, id: string): Promise<Machine> {
  const machine = await ports.store.machines.get(id);
  if (!machine) throw new SalternError('not_found', `machine ${id} is not in the inventory`);
  return machine;
}

/** Changes a machine and says so in an event. The status table refuses what may not be. */
export async function setMachine(
  ports: Ports,
  operation: Pick<OperationRecord, 'id' | 'actor'>,
  id: string,
  patch: Partial<Omit<Machine, 'id'>> & { readonly status?: MachineStatus },
): Promise<Machine> {
  const machine = await ports.store.machines.update(id, patch);
  if (patch.status !== undefined) {
    await ports.emit({
      actor: operation.actor,
      type: 'machine.status',
      entity: `machine/${id}`,
      operation: operation.id || null,
      data: {
        name: machine.name,
        status: machine.status,
        ...(machine.error && { error: machine.error }),
        ...(machine.status === 'ready' &&
          machine.readyAt !== null && { elapsedMs: machine.readyAt - machine.createdAt }),
      },
    });
  }
  return machine;
}

/** Nothing secret outlives a machine. */
export async function dropSecrets({ secrets }: Pick<Ports['store'], 'secrets'>, id: string): Promise<void> {
  for (const name of Object.values(machineSecrets)) await secrets.delete(name(id));
}

/** The part of a machine that the backend tells. */
export function seenPart(instance: Instance): Partial<Omit<Machine, 'id'>> {
  return {
    nativeId: instance.nativeId,
    location: instance.location,
    size: instance.size,
    addresses: instance.addresses,
    ...(instance.arch && { arch: instance.arch }),
  };
}

/** What `settle` does for every operation on one machine: it failed, and the machine says why. */
export async function markFailed(ports: Ports, id: string, operation: OperationRecord): Promise<void> {
  const machine = await ports.store.machines.get(id);
  if (!machine || machine.status === 'destroyed' || machine.status === 'missing') return;
  const error = operation.error ?? { code: 'cancelled' as const, message: `${operation.name} was cancelled` };
  // What `machine retry` goes on with: the batch itself when it ended before the machine had its turn.
  const retry = machine.operation ?? operation.id;
  await setMachine(ports, operation, id, { status: 'failed', error, operation: retry });
}
