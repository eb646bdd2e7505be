import * as z from 'zod';
import type { Operation } from '../core/operation.ts';
import { lookForSsh } from './bootstrap-steps.ts';
import { refOf, rowOf } from './ledger.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf } from './ssh-target.ts';
import { eachTry } from './steps.ts';

const Input = z.object({ machine: z.string() });

/** Reaches a machine that was put back into the inventory by its tag. Nothing on it changes; one that is stopped stays so. */
export const recoverMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'recover-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { operation } = step;
    const { id, name } = await machineOf(ports, input.machine);
    const look = await step.run(eachTry(operation, 'look at the instance'), async ({ signal }) => {
      const machine = await machineOf(ports, id);
      const { driver } = await ports.provider(machine.provider);
      const seen = await driver.instance.find(refOf(ports.store, await rowOf(ports, machine.resource)), signal);
      const status = seen === null ? 'missing' : seen.status === 'stopped' ? 'stopped' : 'bootstrapping';
      await setMachine(ports, operation, id, {
        ...(seen && seenPart(seen)),
        status,
        error: null,
        operation: operation.id,
      });
      return { status };
    });
    if (look.status !== 'bootstrapping') return null;
    const { ssh } = await requestOf(ports, id);
    await step.until('ssh answers', (context) => lookForSsh(ports, operation, id, ssh, context), {
      timeoutMs: 30_000,
      everyMs: 500,
      maxEveryMs: 5000,
      hint: `It is in the inventory again. If the login key was lost with the store, give it the controller’s public key (saltern status), then: saltern machine retry ${name}`,
    });
    await step.run('ready', () =>
      setMachine(ports, operation, id, { status: 'ready', readyAt: ports.clock.now(), error: null }),
    );
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};
