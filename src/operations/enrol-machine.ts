import * as z from 'zod';
import type { Arch } from '../core/catalog.ts';
import type { Driver } from '../core/driver.ts';
import { SalternError } from '../core/error.ts';
import { type Machine, machineSecrets } from '../core/machine.ts';
import type { Operation, OperationRecord, StepContext } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { deployNames, deploySteps } from './bootstrap-steps.ts';
import { ensureResource } from './ledger.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf, sshTarget } from './ssh-target.ts';
import { eachTry, type Steps } from './steps.ts';
import type { Wish } from './wish.ts';

const Input = z.object({ machine: z.string(), provider: z.string(), options: z.record(z.string(), z.unknown()) });
export type EnrolInput = z.infer<typeof Input>;

/** What `enrol-machine` is given: no secret is in it. A driver of existing machines takes `port` where it is said nowhere else. */
export function enrolInput(machine: string, { provider, options, ssh }: Wish): EnrolInput {
  return { machine, provider, options: { port: ssh.port, ...options } };
}

/** A box that was there before us, from its address to ready. Its row and its ledger row were written with the request. */
export const enrolMachine: Operation<EnrolInput, { ready: true }> = {
  name: 'enrol-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    await enrolSteps(step, ports, step.operation, input);
    return { ready: true };
  },
  settle: (ports, input, operation) => markFailed(ports, input.machine, operation),
};

/** Reach it, let our key in, drop the first login, ask what it is, deploy. */
export async function enrolSteps(
  steps: Steps,
  ports: Ports,
  operation: OperationRecord,
  input: EnrolInput,
): Promise<void> {
  const id = input.machine;
  const deploy = await steps.run(eachTry(operation, 'prepare'), async () => {
    await setMachine(ports, operation, id, { status: 'creating', error: null, operation: operation.id });
    return deployNames(ports, id);
  });
  const { module, driver } = await ports.provider(input.provider);
  const kind = onceOnly(ports, input.provider, driver.instance);
  const seen = await ensureResource(steps, ports, 'note the address', kind, {
    row: (await machineOf(ports, id)).resource,
    spec: async () => {
      const { name } = await machineOf(ports, id);
      const options = module.Options.parse(input.options);
      return { name, image: '', size: '', location: '', userData: null, tags: [], options };
    },
  });
  await steps.run('take the address', async () => {
    const given = seen.sshHostKey;
    await setMachine(ports, operation, id, {
      ...seenPart(seen),
      location: null,
      size: null,
      sshPort: seen.sshPort ?? 22,
      ...(given && { hostKeys: [given], hostKeyOrigin: 'given' as const }),
      status: 'bootstrapping',
    });
  });
  const { ssh } = await requestOf(ports, id);
  await steps.until('ssh answers', (context) => reach(ports, operation, id, context), {
    timeoutMs: ssh.timeoutMs,
    everyMs: 500,
    maxEveryMs: 2000,
    hint: 'See that the address and port are right and that this controller may reach them; then: saltern machine retry',
  });
  await steps.run('let our key in', (context) => letIn(ports, id, context));
  await steps.run('log in with our key', (context) => proveKey(ports, id, context));
  await steps.run('collect grains', (context) => collectGrains(ports, operation, id, context));
  await deploySteps(steps, ports, id, deploy);
  await steps.run('ready', async () => {
    await setMachine(ports, operation, id, { status: 'ready', readyAt: ports.clock.now(), error: null });
    ports.bootstrap.release(id);
  });
}

/** Of one box under two names, either would undo what the other did. */
function onceOnly(ports: Ports, provider: string, kind: Driver['instance']): Driver['instance'] {
  return {
    ...kind,
    ensure: async (spec, ref, signal) => {
      const seen = await kind.ensure(spec, ref, signal);
      const row = await ports.store.resources.byNativeId(provider, kind.kind, seen.nativeId);
      if (row === null || row.status === 'gone' || row.id === ref.owner.resource) return seen;
      throw new SalternError('conflict', `${seen.nativeId} is enrolled already, as ${row.name}`, {
        hint: `See it with: saltern machine show ${row.name}`,
      });
    },
  };
}

/** With our own key, or with the login that was given for the first time while that is kept. */
export async function enrolTarget(ports: Ports, machine: Machine) {
  const { ssh, login } = await requestOf(ports, machine.id);
  return { ...(await sshTarget(ports, machine, ssh)), ...(login && { login }) };
}

/** A refused login is final here: nobody but us is going to change who is let in. */
async function reach(
  ports: Ports,
  operation: OperationRecord,
  id: string,
  { signal, log }: StepContext,
): Promise<{ user: string; hostKey: string } | null> {
  const machine = await machineOf(ports, id);
  const target = await enrolTarget(ports, machine);
  const { user, hostKey } = await ports.bootstrap.shell(target, signal).catch((thrown) => {
    throw refusedLogin(thrown, target.login !== undefined);
  });
  const firstContact = machine.hostKeys.length === 0;
  await setMachine(ports, operation, id, {
    sshUser: user,
    ...(firstContact && { hostKeys: [hostKey], hostKeyOrigin: 'first-contact' as const }),
  });
  if (firstContact) {
    log('note', `no host key was given: the one seen at first contact is pinned: ${hostKey}`);
    await ports.emit({
      actor: operation.actor,
      type: 'machine.host-key',
      entity: `machine/${id}`,
      operation: operation.id,
      data: { name: machine.name, hostKey, origin: 'first-contact' },
    });
  }
  return { user, hostKey };
}

function refusedLogin(thrown: unknown, given: boolean): unknown {
  if (!(thrown instanceof SalternError) || thrown.code !== 'unauthenticated') return thrown;
  const hint = given
    ? 'Enrol it again with the right user, password or key: it goes on with the same machine.'
    : 'Enrol it again with a password or a key for the first login, or add our own key there (saltern status shows it).';
  return new SalternError('unauthenticated', thrown.message, { hint, cause: thrown });
}

async function letIn(ports: Ports, id: string, { signal, log }: StepContext): Promise<{ key: 'added' | 'there' }> {
  const target = await enrolTarget(ports, await machineOf(ports, id));
  const key = await ports.bootstrap.letIn(target, (await ports.loginKey()).publicKey, signal);
  const user = target.users[0];
  log(
    'note',
    key === 'added' ? `our key is now in authorized_keys of ${user}` : `our key was there already, for ${user}`,
  );
  return { key };
}

/** On a new connection, with our key alone. Only then is the first login dropped. */
async function proveKey(ports: Ports, id: string, { signal }: StepContext): Promise<void> {
  const machine = await machineOf(ports, id);
  const request = await requestOf(ports, id);
  ports.bootstrap.release(id);
  try {
    await ports.bootstrap.shell(await sshTarget(ports, machine, request.ssh), signal);
  } catch (thrown) {
    if (!(thrown instanceof SalternError) || thrown.code !== 'unauthenticated') throw thrown;
    throw new SalternError('unauthenticated', `our key is in authorized_keys of ${machine.name}, but it is refused`, {
      hint: 'See AuthorizedKeysFile and PubkeyAuthentication of its sshd, and that no other may write to its home directory.',
      cause: thrown,
    });
  }
  await ports.store.secrets.put(machineSecrets.request(id), JSON.stringify({ ...request, login: null }));
}

const ARCH: Readonly<Record<string, Arch>> = { x86_64: 'x86_64', aarch64: 'arm64', armv7l: 'arm' };

async function collectGrains(
  ports: Ports,
  operation: OperationRecord,
  id: string,
  { signal }: StepContext,
): Promise<Readonly<Record<string, unknown>>> {
  const machine = await machineOf(ports, id);
  const { ssh } = await requestOf(ports, id);
  const seen = await ports.bootstrap.grains(await sshTarget(ports, machine, ssh), signal);
  const grains = { id: machine.name, ...seen };
  const { cpuarch, os, osrelease } = grains as Record<string, unknown>;
  await setMachine(ports, operation, id, {
    grains,
    arch: ARCH[String(cpuarch)] ?? null,
    imageName: [os, osrelease].filter(Boolean).join(' ') || null,
  });
  return grains;
}
