import * as z from 'zod';
import type { Operation } from '../core/operation.ts';
import { deployNames, deploySteps, lookForSsh } from './bootstrap-steps.ts';
import { markFailed, setMachine } from './machines.ts';
import { requestOf } from './ssh-target.ts';
import { eachTry } from './steps.ts';

const Input = z.object({ machine: z.string() });

/** Runs the deploy steps on a machine again, each one once. */
export const deployMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'deploy-machine',
  version: 1,
  Input,
  async run(step, ports, { machine }) {
    const { ssh } = await requestOf(ports, machine);
    const names = await step.run(eachTry(step.operation, 'mark bootstrapping'), async () => {
      const patch = { status: 'bootstrapping' as const, error: null, operation: step.operation.id };
      await setMachine(ports, step.operation, machine, patch);
      return deployNames(ports, machine);
    });
    await step.until('ssh answers', (context) => lookForSsh(ports, step.operation, machine, ssh, context), {
      timeoutMs: ssh.timeoutMs,
      everyMs: 250,
      maxEveryMs: 3000,
    });
    await deploySteps(step, ports, machine, names);
    await step.run('ready', async () => {
      await setMachine(ports, step.operation, machine, { status: 'ready' });
      ports.bootstrap.release(machine);
    });
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};
