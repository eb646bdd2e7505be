import * as z from 'zod';
import { type ErrorRecord, SalternError } from '../core/error.ts';
import type { Operation, OperationRecord, Outcome } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { ApplyInput } from './apply-input.ts';
import { applyMachine } from './apply-machine.ts';
import { troublesAt } from './apply-trouble.ts';
import { settleUntaken } from './batch.ts';

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
    const trouble = await step.run('look at the providers', () => troubles(ports, step.operation, children));
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

async function troubles(
  ports: Ports,
  operation: OperationRecord,
  children: Input['children'],
): Promise<Record<string, ErrorRecord>> {
  const looks = [...Map.groupBy(children, ({ provider }) => provider)].map(([provider, theirs]) =>
    troublesAt(
      ports,
      operation,
      provider,
      theirs.map(({ input }) => input),
    ),
  );
  return Object.assign({}, ...(await Promise.all(looks)));
}

function total(outcomes: readonly Outcome[], left: Input['left']): ApplyOutput {
  const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
  const [error] = errors;
  if (!error && left.length === 0) return { succeeded: outcomes.length };
  const told = [
    ...(error ? [`${errors.length} of ${outcomes.length} machines failed: ${error.message}`] : []),
    ...(left.length > 0 ? [`left as they are: ${leftText(left)}`] : []),
  ];
  throw new SalternError(error?.code ?? 'conflict', told.join('; '), {
    hint: error?.hint ?? 'See what stands in the way with: saltern plan',
    ...(error?.requestId !== undefined && { requestId: error.requestId }),
    retry: false,
  });
}

const NAMES = 5;

/** Of a large fleet the first few names of each reason. */
function leftText(left: Input['left']): string {
  const groups = [...Map.groupBy(left, ({ reason }) => reason)].map(([reason, these]) => {
    const names = these.slice(0, NAMES).map(({ name }) => name);
    const more = these.length > NAMES ? ` and ${these.length - NAMES} more` : '';
    return `${names.join(', ')}${more} (${reason})`;
  });
  return groups.join('; ');
}
