import * as z from 'zod';
import { SalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import type { Operation } from '../core/operation.ts';
import { destroySteps } from './destroy-steps.ts';
import { machineOf, markFailed } from './machines.ts';

const Input = z.object({ machine: z.string() });

/** Ends a machine and everything that it is made of, from any status. */
export const destroyMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'destroy-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    await step.run('may be destroyed', async () => {
      assertUnprotected(await machineOf(ports, input.machine), 'destroyed');
    });
    await destroySteps(step, ports, step.operation, input.machine);
    return null;
  },
  async settle(ports, input, operation) {
    const machine = await ports.store.machines.get(input.machine);
    // A protected one was not touched.
    if (machine && !machine.protected) await markFailed(ports, input.machine, operation);
  },
};

/** `conflict` for a machine whose protection nobody took off, whichever way its end was asked for. */
export function assertUnprotected({ name, protected: kept }: Machine, what: 'destroyed' | 'replaced'): void {
  if (!kept) return;
  throw new SalternError('conflict', `machine ${name} is protected: it is not ${what}`, {
    hint: `Take the protection off first: saltern machine unprotect ${name}`,
  });
}
