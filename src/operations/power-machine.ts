import * as z from 'zod';
import type { PowerControl } from '../core/driver.ts';
import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Operation, Step, Wait } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Action, ResourceRef } from '../core/resource.ts';
import { lookForSsh } from './bootstrap-steps.ts';
import { refOf, rowOf } from './ledger.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf, sshTarget } from './ssh-target.ts';
import { eachTry } from './steps.ts';
import { watchFind } from './watch.ts';

const Input = z.object({ machine: z.string() });
type Input = z.infer<typeof Input>;

const POWER_WAIT: Wait = { timeoutMs: 10 * 60_000, everyMs: 500, maxEveryMs: 5000 };

/** Starts a stopped machine and waits until SSH answers. */
export const startMachine: Operation<Input, null> = {
  name: 'start-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { power, open, ref } = await controls(ports, input);
    await begin(step, ports, input, 'starting');
    await step.run('start instance', ({ signal }) => power.start(ref, signal));
    await untilStatus(step, ports, input, open, ref, 'running');
    await untilSsh(step, ports, input);
    await finish(step, ports, input, 'ready');
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};

/** Stops a machine; its disks stay and may go on costing money. */
export const stopMachine: Operation<Input, null> = {
  name: 'stop-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { power, open, ref } = await controls(ports, input);
    await begin(step, ports, input, 'stopping');
    await step.run('stop instance', ({ signal }) => {
      ports.bootstrap.release(input.machine);
      return power.stop(ref, signal);
    });
    await untilStatus(step, ports, input, open, ref, 'stopped');
    await finish(step, ports, input, 'stopped');
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};

/** Reboots a machine once: proved by its boot id, which changes with each boot. */
export const rebootMachine: Operation<Input, null> = {
  name: 'reboot-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { power, open, ref } = await controls(ports, input);
    await begin(step, ports, input, 'rebooting');
    await step.act('reboot', reboot(ports, power, open), { machine: input.machine, ref }, POWER_WAIT);
    await finish(step, ports, input, 'ready');
    return null;
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};

interface RebootSpec {
  readonly machine: string;
  readonly ref: ResourceRef;
}

function reboot(ports: Ports, power: PowerControl, open: OpenProvider): Action<RebootSpec, string> {
  const bootId = async (spec: RebootSpec, signal: AbortSignal) => {
    const { ssh } = await requestOf(ports, spec.machine);
    return ports.bootstrap.bootId(await sshTarget(ports, await machineOf(ports, spec.machine), ssh), signal);
  };
  return {
    precondition: bootId,
    start: async (spec, signal) => {
      await power.reboot(spec.ref, signal);
      ports.bootstrap.release(spec.machine);
    },
    look: async (spec, before, signal) => {
      const seen = await open.driver.instance.find(spec.ref, signal);
      if (seen === null) throw new SalternError('not_found', 'the instance is gone');
      if (seen.status !== 'running') return 'running';
      // While it goes down SSH refuses: that is an error which passes, and the engine looks again.
      const now = await bootId(spec, signal);
      return now === before ? 'not started' : 'done';
    },
  };
}

async function controls(ports: Ports, input: Input) {
  const machine = await machineOf(ports, input.machine);
  const open = await ports.provider(machine.provider);
  const { power } = open.driver;
  if (!power) throw new SalternError('unsupported', `${open.module.name} cannot start or stop instances`);
  return { power, open, ref: refOf(ports.store, await rowOf(ports, machine.resource)) };
}

function begin(step: Step, ports: Ports, input: Input, status: 'starting' | 'stopping' | 'rebooting'): Promise<null> {
  return step.run(eachTry(step.operation, `mark ${status}`), async () => {
    await setMachine(ports, step.operation, input.machine, { status, error: null, operation: step.operation.id });
    return null;
  });
}

function finish(step: Step, ports: Ports, input: Input, status: 'ready' | 'stopped'): Promise<null> {
  return step.run(status, async () => {
    await setMachine(ports, step.operation, input.machine, { status, error: null });
    ports.bootstrap.release(input.machine);
    return null;
  });
}

async function untilStatus(
  step: Step,
  ports: Ports,
  input: Input,
  open: OpenProvider,
  ref: ResourceRef,
  status: Instance['status'],
): Promise<void> {
  await step.until(
    `instance is ${status}`,
    async () => {
      const seen = await watchFind(open.driver, ref);
      if (seen?.status !== status) return null;
      await setMachine(ports, step.operation, input.machine, seenPart(seen));
      return true;
    },
    POWER_WAIT,
  );
}

async function untilSsh(step: Step, ports: Ports, input: Input): Promise<void> {
  const { ssh } = await requestOf(ports, input.machine);
  const look = (context: Parameters<typeof lookForSsh>[4]) =>
    lookForSsh(ports, step.operation, input.machine, ssh, context);
  await step.until('ssh answers', look, { ...POWER_WAIT, timeoutMs: ssh.timeoutMs });
}
