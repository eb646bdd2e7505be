import * as z from 'zod';
import { type ErrorRecord, SalternError, toRecord, toSalternError } from '../core/error.ts';
import type { Operation, OperationRecord, Outcome } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { ApplyInput } from './apply-input.ts';
import { applyMachine } from './apply-machine.ts';
import { settleUntaken } from './batch.ts';
import { lookAtFleet } from './fleet.ts';
import { machineOf } from './machines.ts';
import { namesTaken } from './name-taken.ts';

const Input = z.object({
  map: z.string(),
  children: z.array(z.object({ machine: z.string(), provider: z.string(), input: ApplyInput })),
  /** What the map wants and this does not do: not allowed, not ours, not known. */
  left: z.array(z.object({ name: z.string(), reason: z.string() })),
});
type Input = z.infer<typeof Input>;

export interface ApplyOutput {
  readonly succeeded: number;
}

/**
 * Brings a fleet to what a map wants. Each provider is looked at once before; one that cannot be believed fails its own
 * machines and no others. Ends well only when the fleet then is as the map says.
 */
export const applyMap: Operation<Input, ApplyOutput> = {
  name: 'apply-map',
  version: 1,
  Input,
  async run(step, ports, { children, left }) {
    const trouble = await step.run('look at the providers', ({ signal }) =>
      troubles(ports, step.operation, children, signal),
    );
    const outcomes = await step.each(
      'machines',
      applyMachine,
      children.map(({ machine, provider, input }) => ({
        input: { ...input, trouble: trouble[machine] ?? null },
        entity: `machine/${machine}`,
        queue: `provider/${provider}`,
      })),
    );
    return total(outcomes, left);
  },
  settle: (ports, input, operation) => settleUntaken(ports, input, operation),
};

const TRIES = 3;
const PAUSE_MS = 1000;

/** Which machines must not be begun, and why: all of a provider that cannot be believed, and those whose name is taken by now. */
async function troubles(
  ports: Ports,
  { actor }: OperationRecord,
  children: Input['children'],
  signal: AbortSignal,
): Promise<Record<string, ErrorRecord>> {
  const found: Record<string, ErrorRecord> = {};
  const looks = [...Map.groupBy(children, ({ provider }) => provider)].map(async ([provider, theirs]) => {
    try {
      const open = await ports.provider(provider);
      const { all } = await patiently(ports, signal, () => lookAtFleet(ports, actor, open, {}, signal));
      const created = theirs.filter(({ input }) => input.action === 'create');
      const machines = await Promise.all(created.map(({ machine }) => machineOf(ports, machine)));
      for (const { name, message, hint } of await namesTaken(ports.store, open, all, machines)) {
        const { id } = machines.find((machine) => machine.name === name) ?? {};
        if (id) found[id] = { code: 'conflict', message, hint };
      }
    } catch (thrown) {
      const error = toSalternError(thrown);
      if (error.code === 'cancelled') throw error;
      for (const { machine } of theirs) found[machine] = toRecord(error);
    }
  });
  await Promise.all(looks);
  return found;
}

/** A single bad answer does not stop a provider's machines; the others do not wait for its end for long. */
async function patiently<T>({ clock }: Ports, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!toSalternError(thrown).retryable || tries === TRIES) throw thrown;
      await clock.sleep(PAUSE_MS * tries, signal);
    }
  }
}

function total(outcomes: readonly Outcome[], left: Input['left']): ApplyOutput {
  const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
  const [error] = errors;
  const [kept] = left;
  if (!error && !kept) return { succeeded: outcomes.length };
  const told = [
    ...(error ? [`${errors.length} of ${outcomes.length} machines failed: ${error.message}`] : []),
    ...(kept
      ? [`${left.length} left as it is: ${left.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`]
      : []),
  ];
  throw new SalternError(error?.code ?? 'conflict', told.join('; '), {
    hint: error?.hint ?? 'See what stands in the way with: saltern plan',
    ...(error?.requestId !== undefined && { requestId: error.requestId }),
    retry: false,
  });
}
