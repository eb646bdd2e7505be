import * as z from 'zod';
import { SalternError } from '../core/error.ts';
import type { Operation } from '../core/operation.ts';
import { lookForSsh } from './bootstrap-steps.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf } from './ssh-target.ts';

const Input = z.object({ machine: z.string(), nativeId: z.string(), location: z.string() });

/** Takes over a running instance that others made: marks it, pins its host key; nothing on it changes or restarts. */
export const importMachine: Operation<z.infer<typeof Input>, null> = {
  name: 'import-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const machine = await machineOf(ports, input.machine);
    const { driver } = await ports.provider(machine.provider);
    await step.run('mark as ours', async ({ signal }) => {
      const { tagging } = driver;
      if (!tagging)
        throw new SalternError('unsupported', 'this backend has no tags, so nothing can be imported from it');
      const owner = { installation: ports.store.installation, resource: machine.resource };
      const seen = await tagging.mark(input.nativeId, input.location, owner, signal);
      const row = await ports.store.resources.get(machine.resource);
      if (row?.status === 'wanted') await ports.store.resources.update(row.id, { status: 'attempted' });
      await ports.store.resources.update(machine.resource, {
        status: 'exists',
        nativeId: seen.nativeId,
        location: seen.location,
        existsAt: ports.clock.now(),
      });
      const { image, imageName } = seen;
      await setMachine(ports, step.operation, machine.id, { ...seenPart(seen), image, imageName, status: 'creating' });
      return { status: seen.status };
    });
    const { ssh } = await requestOf(ports, machine.id);
    await step.until('ssh answers', (context) => lookForSsh(ports, step.operation, machine.id, ssh, context), {
      timeoutMs: 60_000,
      everyMs: 500,
      maxEveryMs: 5000,
      hint: 'Give the controller’s public key (saltern status) to the machine, then retry the operation.',
    });
    await step.run('ready', () =>
      setMachine(ports, step.operation, machine.id, { status: 'ready', readyAt: ports.clock.now(), error: null }),
    );
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};
