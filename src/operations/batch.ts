import * as z from 'zod';
import { SalternError } from '../core/error.ts';
import type { Child, Operation, OperationRecord, Outcome, Step } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { createMachine } from './create-machine.ts';
import { deployMachine } from './deploy-machine.ts';
import { destroyMachine } from './destroy-machine.ts';
import { destroySteps } from './destroy-steps.ts';
import { enrolMachine } from './enrol-machine.ts';
import { checkScope, lookAtFleet } from './fleet.ts';
import { forgetMachine } from './forget-machine.ts';
import { importMachine } from './import-machine.ts';
import { markFailed } from './machines.ts';
import { assertNamesFree } from './name-taken.ts';
import { rebootMachine, startMachine, stopMachine } from './power-machine.ts';
import { recoverMachine } from './recover-machine.ts';
import { unrecorded } from './steps.ts';

const Input = z.object({
  providers: z.array(z.string()),
  children: z.array(z.object({ machine: z.string(), provider: z.string(), input: z.record(z.string(), z.unknown()) })),
});
type Input = z.infer<typeof Input>;

export interface BatchOutput {
  readonly succeeded: number;
  readonly failed: number;
}

/**
 * One verb on many machines: the provider is checked once, then a child operation per machine runs within the provider's
 * limit. One failure does not stop the others; any failure makes the batch fail when all have ended.
 */
function batch<I>(
  name: string,
  single: Operation<I, unknown>,
  before: (ports: Ports, step: Step, provider: string, machines: readonly string[]) => Promise<unknown>,
): Operation<Input, BatchOutput> {
  return {
    name,
    version: 1,
    Input,
    async run(step, ports, input) {
      for (const provider of input.providers) {
        const name = (await ports.store.providers.get(provider))?.name ?? provider;
        await step.run(`check provider ${name}`, async () => {
          const theirs = input.children.filter((child) => child.provider === provider);
          await before(
            ports,
            step,
            provider,
            theirs.map(({ machine }) => machine),
          );
        });
      }
      const children: Child<I>[] = input.children.map((child) => ({
        input: single.Input.parse(child.input),
        entity: `machine/${child.machine}`,
        queue: `provider/${child.provider}`,
      }));
      return total(single.name, await step.each('machines', single, children));
    },
    settle: (ports, input, operation) => settleUntaken(ports, input, operation),
  };
}

/**
 * Machines that were reserved and that no child took up would wait for ever. Repeated after a crash in the middle, it finds
 * them where it left them: not ready, nothing made of them, and no child.
 */
export async function settleUntaken(
  ports: Ports,
  input: { readonly children: readonly { readonly machine: string }[] },
  operation: OperationRecord,
): Promise<void> {
  const children = await ports.store.operations.children(operation.id);
  const taken = new Set(children.map(({ entity }) => entity));
  for (const { machine } of input.children) {
    const row = await ports.store.machines.get(machine);
    if (!row || taken.has(`machine/${machine}`) || row.readyAt !== null || row.nativeId !== null) continue;
    if (row.status === 'requested') await markFailed(ports, machine, operation);
    const isOurs = row.status === 'requested' || row.operation === operation.id;
    if (operation.cancel !== 'destroy' || row.status === 'destroyed' || !isOurs) continue;
    await destroySteps(unrecorded(ports, operation.id), ports, operation, machine);
  }
}

function total(name: string, outcomes: readonly Outcome[]): BatchOutput {
  const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
  const [first] = errors;
  if (!first) return { succeeded: outcomes.length, failed: 0 };
  throw new SalternError(
    first.code,
    `${errors.length} of ${outcomes.length} machines failed at ${name}: ${first.message}`,
    {
      hint: first.hint ?? 'See each with `saltern operation show`; go on with `saltern operation retry`.',
      requestId: first.requestId,
      retry: false,
    },
  );
}

const fleetFirst = async (ports: Ports, { operation }: Step, provider: string, machines: readonly string[]) => {
  const open = await ports.provider(provider);
  const { all } = await lookAtFleet(ports, operation.actor, open);
  await assertNamesFree(ports, operation, open, all, machines);
};
const scopeFirst = async (ports: Ports, step: Step, provider: string) =>
  checkScope(ports, step.operation.actor, await ports.provider(provider));

/**
 * Before anything is made, the list of what is there must be believable, and none of it bear a name that is to be made: else a
 * lying API, or a fleet of others, makes us build it twice.
 */
export const createMachines = batch('create-machines', createMachine, fleetFirst);
export const enrolMachines = batch('enrol-machines', enrolMachine, scopeFirst);
export const destroyMachines = batch('destroy-machines', destroyMachine, scopeFirst);
export const forgetMachines = batch('forget-machines', forgetMachine, async () => {});
export const startMachines = batch('start-machines', startMachine, scopeFirst);
export const stopMachines = batch('stop-machines', stopMachine, scopeFirst);
export const rebootMachines = batch('reboot-machines', rebootMachine, scopeFirst);
export const deployMachines = batch('deploy-machines', deployMachine, async () => {});
export const importMachines = batch('import-machines', importMachine, scopeFirst);
export const recoverMachines = batch('recover-machines', recoverMachine, scopeFirst);
