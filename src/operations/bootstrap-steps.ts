import type { DeployResult } from '../core/bootstrap.ts';
import { type DeployStep, MACHINE_NAME } from '../core/deploy.ts';
import { SalternError, toSalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import { machineSecrets } from '../core/machine.ts';
import type { OperationRecord, StepContext } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { SshSettings } from '../core/profile.ts';
import type { SshTarget } from '../core/shell.ts';
import { createMask, type Mask, textsIn } from '../lib/mask.ts';
import { createMaskStream } from '../lib/mask-stream.ts';
import { settleBoth } from '../lib/settle.ts';
import { machineOf, setMachine } from './machines.ts';
import { requestOf, sshTarget } from './ssh-target.ts';
import type { Steps } from './steps.ts';

/** One look at whether SSH answers with an expected host key; remembers the user and, at first contact, the key. */
export async function lookForSsh(
  ports: Ports,
  operation: OperationRecord,
  id: string,
  ssh: SshSettings,
  context: StepContext,
): Promise<{ user: string } | null> {
  const machine = await machineOf(ports, id);
  const seen = await ports.bootstrap.look(await sshTarget(ports, machine, ssh), context.signal);
  if (!seen.ready) {
    context.progress(`waiting for ${seen.waitingFor}: ${seen.hint}`);
    return null;
  }
  const firstContact = machine.hostKeys.length === 0;
  await setMachine(ports, operation, id, {
    sshUser: seen.user,
    ...(firstContact && { hostKeys: [seen.hostKey], hostKeyOrigin: 'first-contact' as const }),
  });
  if (firstContact) context.log('note', `pinned the host key seen at first contact: ${seen.hostKey}`);
  return { user: seen.user };
}

/**
 * The host key of the first boot was in the user data, which readers of the account can see. The machine makes its own;
 * both are accepted while it changes over; then only its own is. The user data has done its work and is erased meanwhile.
 */
export async function takeOwnHostKey(
  steps: Steps,
  ports: Ports,
  operation: OperationRecord,
  id: string,
  ssh: SshSettings,
  eraseUserData: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const target = async (): Promise<[Machine, SshTarget]> => {
    const machine = await machineOf(ports, id);
    return [machine, await sshTarget(ports, machine, ssh)];
  };
  // The machine is asked and the backend is asked: that takes its time side by side, for each machine of a fleet.
  const own = await steps.run('make own host key, erase user data', async ({ signal }) => {
    const [machine, at] = await target();
    const [key] = await settleBoth(ports.bootstrap.newHostKey(at, signal), eraseUserData(signal));
    await setMachine(ports, operation, id, { hostKeys: [...new Set([...machine.hostKeys, key])] });
    return key;
  });
  await steps.run('use own host key', async ({ signal, log }) => {
    const [, at] = await target();
    await ports.bootstrap.useNewHostKey(at, signal);
    await setMachine(ports, operation, id, { hostKeys: [own] });
    await ports.store.secrets.delete(machineSecrets.hostKey(id));
    log('note', `the machine's own host key is pinned: ${own}`);
  });
}

/** What people call the deploy steps of a machine. Part of a step's output: an end of the machine takes its request away. */
export async function deployNames(ports: Ports, id: string): Promise<string[]> {
  const { deploy } = await requestOf(ports, id);
  return deploy.map((step) => (step.kind === 'script' ? step.name : step.kind === 'file' ? step.path : 'ssh key'));
}

/**
 * The deploy steps in order, each one recorded under the name that an earlier step kept. Output goes to the operation's log
 * with known secrets masked.
 */
export async function deploySteps(steps: Steps, ports: Ports, id: string, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    await steps.run(`deploy ${index + 1}: ${name}`, (context) => deployOne(ports, id, index, context));
  }
}

async function deployOne(ports: Ports, id: string, index: number, context: StepContext): Promise<DeployResult> {
  const { deploy, ssh } = await requestOf(ports, id);
  const wanted = deploy[index];
  if (!wanted) throw new SalternError('internal', `deploy step ${index + 1} of machine ${id} is not in its request`);
  const machine = await machineOf(ports, id);
  const step = forMachine(wanted, machine.name);
  const target = await sshTarget(ports, machine, ssh);
  const remember = machine.origin === 'enrolled';
  const secrets = deploy.flatMap((each) => (each.kind === 'script' ? textsIn(each.env ?? {}) : []));
  const streams = { stdout: createMaskStream(secrets), stderr: createMaskStream(secrets) };
  const log = (stream: 'stdout' | 'stderr', text: string) => {
    if (text !== '') context.log(stream, text);
  };
  const onOutput = (stream: 'stdout' | 'stderr', text: string) => log(stream, streams[stream].write(text));
  try {
    const { key, signal } = context;
    return await ports.bootstrap.deploy(target, step, { key, signal, onOutput, remember });
  } catch (thrown) {
    throw masked(toSalternError(thrown), createMask(secrets));
  } finally {
    for (const stream of ['stdout', 'stderr'] as const) log(stream, streams[stream].end());
  }
}

/** A file that is made for each machine, as this one gets it. */
function forMachine(step: DeployStep, name: string): DeployStep {
  if (step.kind !== 'file' || !step.perMachine) return step;
  return { ...step, content: step.content.replaceAll(MACHINE_NAME, name) };
}

/** A script's last words stand in its error: they may quote a secret as well as its output may. */
function masked(error: SalternError, mask: Mask): SalternError {
  const { code, message, hint, field, requestId, retryable } = error;
  return new SalternError(code, mask(message), {
    retry: retryable,
    ambiguous: error.ambiguous,
    ...(hint && { hint: mask(hint) }),
    ...(field && { field }),
    ...(requestId && { requestId }),
  });
}
