import { SalternError, toSalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import { machineSecrets } from '../core/machine.ts';
import type { OperationRecord, StepContext } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { SshSettings } from '../core/profile.ts';
import type { SshTarget } from '../core/shell.ts';
import { createMask, type Mask, textsIn } from '../lib/mask.ts';
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
 * both are accepted while it changes over; then only its own is.
 */
export async function takeOwnHostKey(
  steps: Steps,
  ports: Ports,
  operation: OperationRecord,
  id: string,
  ssh: SshSettings,
): Promise<void> {
  const target = async (): Promise<[Machine, SshTarget]> => {
    const machine = await machineOf(ports, id);
    return [machine, await sshTarget(ports, machine, ssh)];
  };
  const own = await steps.run('make own host key', async ({ signal }) => {
    const [machine, at] = await target();
    const key = await ports.bootstrap.newHostKey(at, signal);
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

/** The deploy steps in order, each one recorded. Output goes to the operation's log with known secrets masked. */
export async function deploySteps(steps: Steps, ports: Ports, id: string): Promise<void> {
  const { deploy, ssh } = await requestOf(ports, id);
  const mask = createMask(deploy.flatMap((step) => (step.kind === 'script' ? textsIn(step.env ?? {}) : [])));
  for (const [index, step] of deploy.entries()) {
    const name = step.kind === 'script' ? step.name : step.kind === 'file' ? step.path : 'ssh key';
    await steps.run(`deploy ${index + 1}: ${name}`, async ({ key, signal, log }) => {
      const target = await sshTarget(ports, await machineOf(ports, id), ssh);
      const onOutput = (stream: 'stdout' | 'stderr', text: string) => log(stream, mask(text));
      return ports.bootstrap.deploy(target, step, { key, signal, onOutput }).catch((thrown: unknown) => {
        throw masked(toSalternError(thrown), mask);
      });
    });
  }
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
