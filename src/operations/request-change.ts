import { SalternError } from '../core/error.ts';
import { MACHINE_VERBS, type Machine } from '../core/machine.ts';
import {
  deployMachines,
  destroyMachines,
  forgetMachines,
  rebootMachines,
  startMachines,
  stopMachines,
} from './batch.ts';
import { assertUnprotected } from './destroy-machine.ts';
import type { ChangeRequest, ChangeVerb } from './inputs.ts';
import { machineByName, type Started, type World } from './requests.ts';

const BATCHES = {
  destroy: destroyMachines,
  forget: forgetMachines,
  start: startMachines,
  stop: stopMachines,
  reboot: rebootMachines,
  deploy: deployMachines,
} as const satisfies Record<ChangeVerb, unknown>;

/** One verb on machines that are there. Refuses by the status table before anything begins. */
export async function requestChange(world: World, request: ChangeRequest): Promise<Started> {
  const { ports, engine } = world;
  const machines: Machine[] = [];
  for (const name of new Set(request.machines)) {
    const machine = await machineByName(ports.store, name);
    assertAllowed(machine, request);
    machines.push(machine);
  }
  const operation = await engine.start(BATCHES[request.verb], {
    actor: request.actor,
    entity: null,
    queue: null,
    input: {
      providers: [...new Set(machines.map((machine) => machine.provider))],
      children: machines.map(({ id, provider }) => ({ machine: id, provider, input: inputOf(id, request) })),
    },
  });
  return { operation, machines };
}

function inputOf(machine: string, { verb, abandon }: ChangeRequest) {
  return verb === 'forget' && abandon ? { machine, abandon } : { machine };
}

function assertAllowed(machine: Machine, { verb, imported }: ChangeRequest): void {
  const allowed: readonly string[] = MACHINE_VERBS[verb];
  if (!allowed.includes(machine.status)) {
    throw new SalternError('conflict', `machine ${machine.name} is ${machine.status}: it cannot ${verb} now`, {
      hint: `It can when it is ${allowed.join(' or ')}. See what it does: saltern machine show ${machine.name}`,
    });
  }
  if (verb === 'destroy' && machine.origin === 'enrolled') {
    throw new SalternError('conflict', `machine ${machine.name} is enrolled: it was there before us`, {
      hint: 'Use forget: it is left as it was before.',
    });
  }
  if (verb === 'destroy') assertUnprotected(machine, 'destroyed');
  if (verb === 'destroy' && machine.origin === 'imported' && !imported) {
    throw new SalternError('conflict', `machine ${machine.name} was imported: others made it`, {
      hint: 'Use forget to stop managing it, or destroy it with --imported.',
    });
  }
}
