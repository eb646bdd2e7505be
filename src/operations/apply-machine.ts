import { type ErrorRecord, SalternError } from '../core/error.ts';
import { type Machine, TRANSITIONAL } from '../core/machine.ts';
import { type Operation, UNFINISHED, type Wait } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { ACTIONS } from './apply-actions.ts';
import { ApplyInput, type Doing } from './apply-input.ts';
import { troublesAt } from './apply-trouble.ts';
import { createMachine } from './create-machine.ts';
import { assertUnprotected } from './destroy-machine.ts';
import { fingerprint } from './fingerprint.ts';
import { refOf, rowOf } from './ledger.ts';
import { machineOf, markFailed } from './machines.ts';

/**
 * Brings one machine to what a map wants: one operation whatever it takes. What was shown is looked at again first: a machine
 * that looks otherwise by then fails alone and untouched.
 */
export const applyMachine: Operation<ApplyInput, { done: ApplyInput['action'] }> = {
  name: 'apply-machine',
  version: 1,
  Input: ApplyInput,
  async run(step, ports, input) {
    const doing = { step, ports, input };
    await requiredAreReady(doing);
    await lookAgain(doing);
    await ACTIONS[input.action](doing);
    return { done: input.action };
  },
  async settle(ports, input, operation) {
    const machine = await ports.store.machines.get(input.machine);
    if (!machine || machine.status === 'destroyed') return;
    const making = input.action === 'create' || machine.resource !== input.resource;
    if (making && input.make) {
      return createMachine.settle?.(ports, createMachine.Input.parse(input.make.input), operation);
    }
    // What was not begun is as it was: a conflict leaves no mark on a machine.
    const begun = machine.operation === operation.id && TRANSITIONAL.includes(machine.status);
    if (begun || machine.status === 'requested') await markFailed(ports, input.machine, operation);
  },
};

const REQUIRED_WAIT: Wait = { timeoutMs: 6 * 3_600_000, everyMs: 200, maxEveryMs: 2000, aside: true };

/**
 * Waits for what this apply does to them, which begins before: children begin in the order of `requires`. And while they are
 * not ready, for whoever is at work on them.
 */
async function requiredAreReady({ step, ports, input }: Doing): Promise<void> {
  if (input.requires.length === 0) return;
  await step.until(
    'required machines are ready',
    async ({ progress }) => {
      for (const id of input.requires) {
        const { name, status } = await machineOf(ports, id);
        const [atWork] = await ports.store.operations.list({ entity: `machine/${id}`, statuses: UNFINISHED, limit: 1 });
        if (status === 'ready' && atWork?.parent !== step.operation.parent) continue;
        if (!atWork) {
          throw new SalternError('conflict', `it requires ${name}, which is ${status}`, {
            hint: `Bring ${name} to ready, then apply again.`,
          });
        }
        progress(`${name}, which is ${status}${status === 'ready' ? ' and has its turn' : ''}`);
        return null;
      }
      return true;
    },
    REQUIRED_WAIT,
  );
}

/** Right before anything is done: is it still allowed, and does the instance look as it was shown? */
async function lookAgain({ step, ports, input }: Doing): Promise<void> {
  const { trouble, action } = input;
  if (trouble === null && (action === 'create' || action === 'enrol')) return;
  await step.run('look again', async ({ signal }) => {
    const machine = await machineOf(ports, input.machine);
    const found = trouble && (await troubleNow({ step, ports, input }, machine));
    if (found) throw new SalternError(found.code, found.message, { ...found, retry: false });
    if (action === 'replace') assertUnprotected(machine, 'replaced');
    const other = await otherThanShown(ports, machine, input, signal);
    if (other === null) return null;
    throw new SalternError('conflict', `${machine.name} ${other}`, {
      hint: 'See what would be done now with `saltern plan`, then apply again.',
    });
  });
}

async function otherThanShown(
  ports: Ports,
  machine: Machine,
  { action, prunes, fingerprint: shown }: ApplyInput,
  signal: AbortSignal,
): Promise<string | null> {
  if (machine.status === 'destroyed') return 'was destroyed since it was shown';
  if (action === 'destroy' && machine.map !== prunes) return `is wanted by the map ${machine.map} by now`;
  if (shown === null && action !== 'replace') return null;
  const { driver } = await ports.provider(machine.provider);
  const seen = await driver.instance.find(refOf(ports.store, await rowOf(ports, machine.resource)), signal);
  if (shown === null) return seen && 'was gone when it was shown and is there again';
  if (seen === null) return 'is gone since it was shown';
  return fingerprint(seen) === shown ? null : 'is not as it was shown: somebody changed it';
}

/** What the look before all found is told as it is; when a person retries, it is looked for anew. */
async function troubleNow({ step, ports, input }: Doing, { id, provider }: Machine): Promise<ErrorRecord | null> {
  if (step.operation.attempt === 1) return input.trouble;
  return (await troublesAt(ports, step.operation, provider, [input]))[id] ?? null;
}
