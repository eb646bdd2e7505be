import * as z from 'zod';
import { SalternError } from '../core/error.ts';
import type { Operation, OperationRecord, StepContext } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import { lookForSsh } from './bootstrap-steps.ts';
import { compareAgentKey } from './compare-agent-key.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf } from './ssh-target.ts';

const Input = z.object({
  machine: z.string(),
  nativeId: z.string(),
  location: z.string(),
  /** Put on beside our mark and the tags that are there. */
  tags: z.array(z.string()).default([]),
  /** What a Salt master accepted for it: compared with the machine's own. */
  agentKey: z.object({ id: z.string(), fingerprint: z.string() }).nullable().default(null),
});
type Input = z.infer<typeof Input>;

/**
 * Takes over an instance that others made: marks it, pins its host key. Nothing on it changes or restarts, and one that is
 * stopped stays so.
 */
export const importMachine: Operation<Input, null> = {
  name: 'import-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { operation } = step;
    const machine = await machineOf(ports, input.machine);
    const open = await ports.provider(machine.provider);
    const { stopped } = await step.run('mark as ours', ({ signal }) => mark(ports, operation, open, input, signal));
    if (stopped) return null;
    const { ssh } = await requestOf(ports, machine.id);
    await step.until('ssh answers', (context) => lookForSsh(ports, operation, machine.id, ssh, context), {
      timeoutMs: 60_000,
      everyMs: 500,
      maxEveryMs: 5000,
      hint: `Give the controller’s public key (saltern status) to the machine, then: saltern machine retry ${machine.name}`,
    });
    const { agentKey } = input;
    if (agentKey) {
      await step.run('compare minion key', (context: StepContext) =>
        compareAgentKey(ports, operation, machine.id, agentKey, context),
      );
    }
    await step.run('ready', () =>
      setMachine(ports, operation, machine.id, { status: 'ready', readyAt: ports.clock.now(), error: null }),
    );
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};

async function mark(
  ports: Ports,
  operation: OperationRecord,
  { driver }: OpenProvider,
  { machine: id, nativeId, location, tags }: Input,
  signal: AbortSignal,
): Promise<{ stopped: boolean }> {
  const machine = await machineOf(ports, id);
  const { tagging } = driver;
  if (!tagging) throw new SalternError('unsupported', 'this backend has no tags, so nothing can be imported from it');
  const owner = { installation: ports.store.installation, resource: machine.resource };
  const marked = await tagging.mark(nativeId, location, owner, signal);
  const lacks = tags.some((tag) => !marked.tags.includes(tag));
  const seen = lacks ? await tagging.add(nativeId, location, tags, signal) : marked;
  const row = await ports.store.resources.get(machine.resource);
  if (row?.status === 'wanted') await ports.store.resources.update(row.id, { status: 'attempted' });
  await ports.store.resources.update(machine.resource, {
    status: 'exists',
    nativeId: seen.nativeId,
    location: seen.location,
    existsAt: ports.clock.now(),
  });
  const { image, imageName } = seen;
  const patch = { ...seenPart(seen), image, imageName, operation: operation.id, error: null };
  // Nothing is started: one that is stopped stays so.
  const stopped = seen.status === 'stopped';
  await setMachine(ports, operation, id, { ...patch, status: stopped ? 'stopped' : 'creating' });
  return { stopped };
}
