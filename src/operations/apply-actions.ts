import { deployVersion } from '../core/deploy.ts';
import { SalternError, toSalternError } from '../core/error.ts';
import { type Machine, type MachineRequest, machineSecrets } from '../core/machine.ts';
import type { Step, Wait } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import type { ApplyInput, Doing } from './apply-input.ts';
import { createMachine, makeAnew } from './create-machine.ts';
import { deployMachine } from './deploy-machine.ts';
import { destroyMachine } from './destroy-machine.ts';
import { destroySteps } from './destroy-steps.ts';
import { enrolMachine } from './enrol-machine.ts';
import { forgetMachine } from './forget-machine.ts';
import { refOf, rowOf } from './ledger.ts';
import { machineOf, seenPart, setMachine } from './machines.ts';
import { startMachine, stopMachine } from './power-machine.ts';
import { requestOf } from './ssh-target.ts';
import { eachTry, named } from './steps.ts';

/** How each action is done: with the very steps of the verbs that it is made of. */
export const ACTIONS: Readonly<Record<ApplyInput['action'], (doing: Doing) => Promise<unknown>>> = {
  create: make,
  enrol: make,
  change,
  replace,
  destroy,
};

async function make({ step, ports, input: { make: making } }: Doing): Promise<void> {
  if (making === null) throw new SalternError('internal', 'nothing says how the machine is made');
  const { how, input } = making;
  if (how === 'enrol') await enrolMachine.run(step, ports, enrolMachine.Input.parse(input));
  else await createMachine.run(step, ports, createMachine.Input.parse(input));
}

async function destroy({ step, ports, input: { machine } }: Doing): Promise<void> {
  const enrolled = await step.run('destroy or forget', async () => {
    const row = await ports.store.machines.get(machine);
    return row === null || row.origin === 'enrolled';
  });
  await (enrolled ? forgetMachine : destroyMachine).run(step, ports, { machine });
}

/** Its own instance goes first: two of one name are never there at the same time. */
async function replace({ step, ports, input }: Doing): Promise<void> {
  const { operation } = step;
  const { machine: id, become } = input;
  await step.run(eachTry(operation, 'mark destroying'), async () => {
    ports.bootstrap.release(id);
    if ((await machineOf(ports, id)).resource !== input.resource) return;
    await setMachine(ports, operation, id, { status: 'destroying', error: null, operation: operation.id });
  });
  await destroySteps(named(step, 'old: '), ports, operation, id, 'keep machine');
  await step.run('begin anew', () => {
    const unknown = { agentKey: null, grains: null, readyAt: null, sshUser: null, hostKeyOrigin: null } as const;
    return makeAnew(ports, operation, id, { ...unknown, ...become }, async (store) => {
      await takeUp(store, id);
      // Between two lives, for no time: nobody is told of it.
      await store.machines.update(id, { status: 'failed' });
    });
  });
  await make({ step, ports, input });
}

/** The order: what brings it to life, what needs no life, what stops it, what starts it, and what needs it alive. */
async function change(doing: Doing): Promise<void> {
  const { step, ports, input } = doing;
  const { machine: id, become } = input;
  const has = (what: ApplyInput['changes'][number]) => input.changes.includes(what);
  const plan = await step.run('take up what is asked for', () => takeUpChange(ports, input));
  if (plan.mend === 'make') await make(doing);
  if (has('tags')) await step.run('put tags on', ({ signal }) => addTags(ports, input, signal));
  if (has('size')) await resize(doing);
  if (has('power') || has('size') || plan.mend === 'start') {
    await startMachine.run(under(step, 'start: '), ports, { machine: id });
  }
  if (has('deploy') || plan.mend === 'deploy') await deployMachine.run(under(step, 'deploy: '), ports, { machine: id });
  await step.run('as wanted', async () => {
    const { readyAt } = await machineOf(ports, id);
    const asked = become && { ...become.asked, ...(plan.version !== null && { deploy: plan.version }) };
    // Taken up or not needed: it has done its work.
    await ports.store.secrets.delete(machineSecrets.nextRequest(id));
    await ports.store.machines.update(id, {
      ...become,
      ...(asked && { asked }),
      readyAt: readyAt ?? ports.clock.now(),
    });
  });
}

/** How a machine that stopped half way gets on: `make` it (which finds again what is there), `deploy` or only `start` it. */
type Mend = 'make' | 'deploy' | 'start' | null;

async function takeUpChange(ports: Ports, { machine: id, changes }: ApplyInput) {
  const machine = await machineOf(ports, id);
  const mend = changes.includes('status') ? await mendOf(ports, machine) : null;
  if (!changes.includes('deploy') && (mend === null || machine.readyAt !== null)) return { mend, version: null };
  await ports.store.transaction((store) => takeUp(store, id));
  const { deploy } = await requestOf(ports, id);
  return { mend, version: deployVersion(deploy) };
}

async function mendOf({ store }: Ports, machine: Machine): Promise<Mend> {
  const last = machine.operation === null ? null : await store.operations.get(machine.operation);
  if (machine.readyAt !== null) return last?.name === 'deploy-machine' ? 'deploy' : 'start';
  // With its own host key it is past all that making does; its injected one is then no more.
  const injected = await store.secrets.get(machineSecrets.hostKey(machine.id));
  const reached = machine.origin !== 'enrolled' && machine.hostKeys.length > 0 && injected === null;
  return reached ? 'deploy' : 'make';
}

/** What the machine is to be asked for next takes the place of what it was asked for. Nothing when it was taken up before. */
async function takeUp(store: Store, id: string): Promise<void> {
  const next = await store.secrets.get(machineSecrets.nextRequest(id));
  if (next === null) return;
  await store.secrets.put(machineSecrets.request(id), JSON.stringify(JSON.parse(next) as MachineRequest));
  await store.secrets.delete(machineSecrets.nextRequest(id));
}

async function addTags(ports: Ports, { machine: id, tags }: ApplyInput, signal: AbortSignal): Promise<null> {
  const { name, nativeId, location, provider } = await machineOf(ports, id);
  const { driver, module } = await ports.provider(provider);
  if (!driver.tagging) throw new SalternError('unsupported', `${module.name} has no tags`);
  if (nativeId === null) throw new SalternError('conflict', `${name} has no instance to put tags on`);
  await driver.tagging.add(nativeId, location ?? '', tags, signal);
  return null;
}

const RESIZE_WAIT: Wait = { timeoutMs: 10 * 60_000, everyMs: 500, maxEveryMs: 5000 };

/** Stops it, gives it the other size and leaves it stopped. When the size is refused it runs again as it was. */
async function resize({ step, ports, input }: Doing): Promise<void> {
  const { machine: id, size } = input;
  const { driver, module } = await ports.provider((await machineOf(ports, id)).provider);
  const { resizing } = driver;
  if (!resizing || size === null) throw new SalternError('unsupported', `${module.name} cannot resize an instance`);
  await step.run(eachTry(step.operation, 'may be stopped'), async () => {
    // What is thought to be stopped may have been started by hand: it is asked to stop all the same.
    if ((await machineOf(ports, id)).status === 'stopped') await ports.store.machines.update(id, { status: 'ready' });
  });
  // After a refusal it was started: each try stops it anew.
  await stopMachine.run(under(step, `${eachTry(step.operation, 'stop')}: `), ports, { machine: id });
  const resized = step.until(
    `resize to ${size.id}`,
    async ({ signal }) => {
      const ref = refOf(ports.store, await rowOf(ports, (await machineOf(ports, id)).resource));
      await resizing.resize(ref, size.id, signal);
      const seen = await driver.instance.find(ref, signal);
      if (seen?.size !== size.id) return null;
      await setMachine(ports, step.operation, id, { ...seenPart(seen), price: size.price });
      return true;
    },
    RESIZE_WAIT,
  );
  await resized.catch(async (thrown) => {
    const error = toSalternError(thrown);
    if (error.code !== 'cancelled') await startMachine.run(under(step, 'start again: '), ports, { machine: id });
    throw error;
  });
}

/** The steps of another verb within this operation, under names of their own. */
function under(step: Step, prefix: string): Step {
  return {
    operation: step.operation,
    run: (name, work) => step.run(`${prefix}${name}`, work),
    until: (name, look, wait) => step.until(`${prefix}${name}`, look, wait),
    act: (name, action, spec, wait) => step.act(`${prefix}${name}`, action, spec, wait),
    each: (name, operation, children) => step.each(`${prefix}${name}`, operation, children),
  };
}
