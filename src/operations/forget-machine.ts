import * as z from 'zod';
import type { DeployStep } from '../core/deploy.ts';
import { SalternError, toSalternError } from '../core/error.ts';
import type { Operation, OperationRecord, StepContext } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { enrolTarget } from './enrol-machine.ts';
import { refOf, rowOf } from './ledger.ts';
import { dropSecrets } from './machines.ts';
import { requestOf } from './ssh-target.ts';

const REACH_MS = 30_000;
const ABANDON = 'If it never comes back: saltern machine forget --abandon drops it from the inventory alone.';

const Input = z.object({
  machine: z.string(),
  /** An enrolled machine is only dropped from the inventory: what is ours on it stays there. */
  abandon: z.boolean().default(false),
});

/**
 * Stops managing a machine, which goes on: our mark is taken off an instance; an enrolled machine is left as it was before.
 * The inventory drops it.
 */
export const forgetMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'forget-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const present = await ports.store.machines.get(input.machine);
    if (present?.origin === 'enrolled' && !input.abandon) {
      await step.until('put back what was there before us', (context) => putBack(ports, input.machine, context), {
        timeoutMs: REACH_MS,
        everyMs: 1000,
        maxEveryMs: 3000,
        hint: ABANDON,
      });
    }
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

/** What a machine that we never got into was before, it still is. */
async function putBack(ports: Ports, id: string, { signal, log }: StepContext): Promise<{ left: number } | null> {
  const machine = await ports.store.machines.get(id);
  if (!machine || machine.sshUser === null) return { left: 0 };
  const operations = await ports.store.operations.list({ entity: `machine/${id}` });
  const { deploy } = await requestOf(ports, id);
  const traces = { operations: operations.map((operation) => operation.id), sudo: deploy.some(usesSudo) };
  try {
    const left = await ports.bootstrap.leave(await enrolTarget(ports, machine), traces, signal);
    for (const sentence of left) log('note', sentence);
    return { left: left.length };
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (error.code !== 'unauthenticated' && error.code !== 'forbidden') throw error;
    throw new SalternError(error.code, error.message, { hint: ABANDON, cause: thrown });
  }
}

function usesSudo(step: DeployStep): boolean {
  return step.kind === 'ssh-key' ? step.user !== undefined : step.sudo === true;
}

async function drop(ports: Ports, operation: Pick<OperationRecord, 'id' | 'actor'>, id: string): Promise<null> {
  const machine = await ports.store.machines.get(id);
  if (!machine) return null;
  ports.bootstrap.release(id);
  await ports.store.transaction(async (store) => {
    for (const row of await store.resources.list({ machine: id })) await store.resources.delete(row.id);
    await dropSecrets(store, id);
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
