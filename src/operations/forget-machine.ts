import * as z from 'zod';
import { machineSecrets } from '../core/machine.ts';
import type { Operation } from '../core/operation.ts';
import { refOf, rowOf } from './ledger.ts';
import type { machineOf } from './machines.ts';

const Input = z.object({ machine: z.string() });

/** Stops managing a machine: our mark is taken off the instance, which goes on untouched; the inventory drops it. */
export const forgetMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'forget-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    await step.run('take our mark off', async ({ signal }) => {
      const machine = await ports.store.machines.get(input.machine);
      if (!machine) return;
      const row = await rowOf(ports, machine.resource);
      const { driver } = await ports.provider(machine.provider);
      const seen = await driver.instance.find(refOf(ports.store, row), signal);
      if (seen) await driver.tagging?.mark(seen.nativeId, seen.location, null, signal);
    });
    await step.run('drop from the inventory', () => drop(ports, step.operation, input.machine));
    return null;
  },
};

async function drop(
  ports: Parameters<typeof machineOf>[0],
  operation: { id: string; actor: Parameters<typeof ports.emit>[0]['actor'] },
  id: string,
): Promise<null> {
  const machine = await ports.store.machines.get(id);
  if (!machine) return null;
  ports.bootstrap.release(id);
  await ports.store.transaction(async (store) => {
    for (const row of await store.resources.list({ machine: id })) await store.resources.delete(row.id);
    await store.secrets.delete(machineSecrets.request(id));
    await store.secrets.delete(machineSecrets.hostKey(id));
    await store.machines.delete(id);
  });
  await ports.emit({
    actor: operation.actor,
    type: 'machine.forgotten',
    entity: `machine/${id}`,
    operation: operation.id,
    data: { name: machine.name },
  });
  return null;
}
