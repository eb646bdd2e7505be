import * as z from 'zod';
import type { ResolvedRequest } from '../core/driver.ts';
import { type SalternError, toRecord, toSalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import { type Machine, machineSecrets } from '../core/machine.ts';
import type { Operation, OperationRecord, Step } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { SshSettings } from '../core/profile.ts';
import { deployNames, deploySteps, lookForSsh, takeOwnHostKey } from './bootstrap-steps.ts';
import { destroySteps } from './destroy-steps.ts';
import { ensureResource, refOf, rowOf, tookPlace } from './ledger.ts';
import { machineOf, markFailed, seenPart, setMachine } from './machines.ts';
import { requestOf, sshAddress } from './ssh-target.ts';
import { eachTry, named, type Steps, unrecorded } from './steps.ts';
import { watchFind } from './watch.ts';

const Input = z.object({
  machine: z.string(),
  provider: z.string(),
  image: z.string(),
  size: z.string().nullable(),
  location: z.string().nullable(),
  tags: z.array(z.string()),
  options: z.record(z.string(), z.unknown()),
  onFailure: z.enum(['keep', 'retry', 'destroy']),
});
type Input = z.infer<typeof Input>;

/** How often `on_failure: retry` makes the machine anew. */
const ROUNDS = 3;
const BOOT_TIMEOUT_MS = 10 * 60_000;

/** A machine from nothing to ready. The machine's row and its ledger row were written with the request. */
export const createMachine: Operation<Input, { ready: true }> = {
  name: 'create-machine',
  version: 1,
  Input,
  async run(step, ports, input) {
    const { operation } = step;
    if (operation.attempt > 1) {
      await step.run(eachTry(operation, 'mark creating'), async () => {
        await setMachine(ports, operation, input.machine, { status: 'creating', error: null });
      });
    }
    for (let round = 1; ; round += 1) {
      const steps = named(step, round === 1 ? '' : `try ${round}: `);
      try {
        await createOnce(steps, operation, ports, input);
        return { ready: true };
      } catch (thrown) {
        const error = toSalternError(thrown);
        if (error.code === 'cancelled' || input.onFailure === 'keep') throw error;
        await giveBack(step, ports, input, round, error);
        if (input.onFailure === 'destroy' || round === ROUNDS) throw error;
      }
    }
  },
  async settle(ports, input, operation) {
    // Settled before, and then a crash: there is nothing left to do.
    if ((await machineOf(ports, input.machine)).status === 'destroyed') return;
    await markFailed(ports, input.machine, operation);
    if (operation.cancel !== 'destroy') return notePartsOf(ports, input.machine);
    await destroySteps(unrecorded(ports, operation.id), ports, operation, input.machine);
  },
};

/** A create that broke off between its calls has an instance whose volumes and addresses the ledger does not know yet. */
async function notePartsOf(ports: Ports, id: string): Promise<void> {
  const machine = await machineOf(ports, id);
  const row = await rowOf(ports, machine.resource);
  if (row.status !== 'exists' || machine.nativeId !== null) return;
  const { driver } = await ports.provider(machine.provider);
  const seen = await driver.instance.find(refOf(ports.store, row));
  if (seen) await tookPlace(ports, row, seen);
}

async function createOnce(steps: Steps, operation: OperationRecord, ports: Ports, input: Input): Promise<void> {
  const id = input.machine;
  const { ssh } = await requestOf(ports, id);
  const open = await ports.provider(input.provider);
  const deploy = await steps.run('prepare', () => prepare(ports, operation, input, open));
  const resolved = await steps.run('choose image and size', async ({ log, signal }) => {
    const chosen = await open.driver.resolve(requested(input), optionsOf(open, input), signal);
    for (const note of chosen.notes) log('note', note);
    return brief(chosen);
  });
  await ensureResource(steps, ports, 'ensure instance', open.driver.instance, {
    row: (await machineOf(ports, id)).resource,
    spec: () => instanceSpec(ports, input, resolved, open, ssh),
  });
  await steps.until('instance runs with an address', () => lookRunning(ports, operation, input, open, resolved, ssh), {
    timeoutMs: BOOT_TIMEOUT_MS,
    everyMs: 300,
    hint: 'Look at the instance on the backend; then retry the operation, or destroy the machine.',
  });
  await steps.until('ssh answers', (context) => lookForSsh(ports, operation, id, ssh, context), {
    timeoutMs: ssh.timeoutMs,
    everyMs: 100,
    maxEveryMs: 250,
    hint: 'Check the security group, the image and `ssh` in the profile; then retry the operation.',
  });
  if (open.module.features.userData) {
    await takeOwnHostKey(steps, ports, operation, id, ssh, (signal) => eraseUserData(ports, id, open, signal));
  }
  await deploySteps(steps, ports, id, deploy);
  await steps.run('ready', async () => {
    await setMachine(ports, operation, id, { status: 'ready', readyAt: ports.clock.now(), error: null });
    ports.bootstrap.release(id);
  });
}

/** The host key of the first boot, made once and kept encrypted until the machine has its own. Tells the deploy steps. */
async function prepare(ports: Ports, operation: OperationRecord, input: Input, open: OpenProvider): Promise<string[]> {
  const { secrets } = ports.store;
  const machine = await machineOf(ports, input.machine);
  const patch: Partial<Machine> = { status: 'creating', error: null, operation: operation.id };
  if (!open.module.features.userData) {
    await setMachine(ports, operation, machine.id, patch);
    return deployNames(ports, machine.id);
  }
  const name = machineSecrets.hostKey(machine.id);
  const kept = await secrets.get(name);
  const pair = kept ? JSON.parse(kept) : ports.bootstrap.newKeyPair(`saltern first boot of ${machine.name}`);
  if (!kept) await secrets.put(name, JSON.stringify(pair));
  const hostKeys = [bare(pair.publicKey)];
  await setMachine(ports, operation, machine.id, { ...patch, hostKeys, hostKeyOrigin: 'injected' });
  return deployNames(ports, machine.id);
}

async function instanceSpec(
  ports: Ports,
  input: Input,
  resolved: ReturnType<typeof brief>,
  open: OpenProvider,
  ssh: SshSettings,
) {
  const machine = await machineOf(ports, input.machine);
  return {
    name: machine.name,
    image: resolved.image,
    size: resolved.size,
    location: resolved.location,
    tags: input.tags,
    options: optionsOf(open, input),
    userData: open.module.features.userData ? await userData(ports, machine, ssh) : null,
  };
}

async function userData(ports: Ports, machine: Machine, ssh: SshSettings): Promise<string> {
  const hostKey = await ports.store.secrets.get(machineSecrets.hostKey(machine.id));
  const { userData: own } = await requestOf(ports, machine.id);
  return ports.bootstrap.userData({
    hostname: machine.name,
    hostKey: JSON.parse(hostKey ?? 'null'),
    authorizedKeys: [(await ports.loginKey()).publicKey, ...ssh.authorizedKeys],
    users: ssh.users,
    own,
  });
}

async function lookRunning(
  ports: Ports,
  operation: OperationRecord,
  input: Input,
  open: OpenProvider,
  resolved: ReturnType<typeof brief>,
  ssh: SshSettings,
): Promise<Partial<Instance> | null> {
  const machine = await machineOf(ports, input.machine);
  const seen = await watchFind(open.driver, refOf(ports.store, await rowOf(ports, machine.resource)));
  if (seen?.status !== 'running' || sshAddress(seen.addresses, ssh.reach) === null) return null;
  await setMachine(ports, operation, machine.id, {
    ...seenPart(seen),
    status: 'bootstrapping',
    image: resolved.image,
    imageName: resolved.imageName,
    price: resolved.price,
  });
  return { nativeId: seen.nativeId, addresses: seen.addresses };
}

async function eraseUserData(ports: Ports, id: string, { driver }: OpenProvider, signal: AbortSignal): Promise<void> {
  const machine = await machineOf(ports, id);
  await driver.userData?.erase(refOf(ports.store, await rowOf(ports, machine.resource)), signal);
}

/** After a failed try: nothing that costs money stays. With `retry` the machine then gets a new ledger row. */
async function giveBack(step: Step, ports: Ports, input: Input, round: number, error: SalternError): Promise<void> {
  const again = input.onFailure === 'retry' && round < ROUNDS;
  const steps = named(step, `after try ${round}: `);
  await destroySteps(steps, ports, step.operation, input.machine, again ? 'keep machine' : 'end machine');
  if (!again) return;
  await steps.run('begin again', () =>
    makeAnew(ports, step.operation, input.machine, { status: 'failed', error: toRecord(error) }),
  );
}

/**
 * Gives a machine whose instance is gone a new ledger row, so that it can be made again; nothing when it has one already.
 * `patch` says what else becomes of it, and `also` is done in the same transaction.
 */
export async function makeAnew(
  ports: Ports,
  operation: OperationRecord,
  id: string,
  patch: Partial<Omit<Machine, 'id'>>,
  also: (store: Ports['store']) => Promise<void> = async () => {},
): Promise<void> {
  const machine = await machineOf(ports, id);
  const old = await rowOf(ports, machine.resource);
  if (old.status !== 'gone') return;
  await ports.store.transaction(async (store) => {
    const unmade = { status: 'wanted', nativeId: null, attemptedAt: null, existsAt: null, goneAt: null } as const;
    const row = await store.resources.insert({ ...old, ...unmade, id: ports.newId() });
    await also(store);
    const blank = { resource: row.id, nativeId: null, addresses: [], hostKeys: [] };
    await setMachine({ ...ports, store }, operation, id, { ...patch, ...blank });
  });
}

/** The profile's settings for this backend, with the driver's defaults for what they leave out. */
function optionsOf({ module }: OpenProvider, { options }: Input): unknown {
  return module.Options.parse(options);
}

function requested(input: Input) {
  return {
    image: input.image,
    ...(input.size !== null && { size: input.size }),
    ...(input.location !== null && { location: input.location }),
  };
}

function brief(chosen: ResolvedRequest) {
  const { image, size, location, notes } = chosen;
  return { image: image.id, imageName: image.name, size: size.id, location, price: size.price, notes };
}

/** A public key without its comment. */
function bare(publicKey: string): string {
  return publicKey.split(' ').slice(0, 2).join(' ');
}
