import { SalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import type { ProtectRequest } from './inputs.ts';
import { machineByName, type World } from './requests.ts';

/** Puts machines under protection from being destroyed or replaced, or takes it off. At once; all or none. */
export async function requestProtect({ ports }: World, request: ProtectRequest): Promise<readonly Machine[]> {
  const machines: Machine[] = [];
  for (const name of new Set(request.machines)) {
    const machine = await machineByName(ports.store, name);
    if (request.protected && (machine.status === 'destroying' || machine.status === 'destroyed')) {
      throw new SalternError('conflict', `machine ${machine.name} is ${machine.status}: it is too late to protect it`);
    }
    machines.push(machine);
  }
  const changed = await ports.store.transaction((store) =>
    Promise.all(machines.map(({ id }) => store.machines.update(id, { protected: request.protected }))),
  );
  for (const { id, name } of machines.filter((machine) => machine.protected !== request.protected)) {
    await ports.emit({
      actor: request.actor,
      type: request.protected ? 'machine.protected' : 'machine.unprotected',
      entity: `machine/${id}`,
      operation: null,
      data: { name },
    });
  }
  return changed;
}
