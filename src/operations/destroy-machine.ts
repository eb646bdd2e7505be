import * as z from 'zod';
import type { Operation } from '../core/operation.ts';
import { destroySteps } from './destroy-steps.ts';
import { markFailed } from './machines.ts';

const Input = z.object({ machine: z.string() });

/** Ends a machine and everything that it is made of, from any status. */
export const destroyMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'destroy-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    await destroySteps(step, ports, step.operation, input.machine);
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};
