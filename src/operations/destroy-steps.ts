import type { Instance } from '../core/instance.ts';
import type { OperationRecord, StepContext, Wait } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Resource, ResourcePart } from '../core/resource.ts';
import { markGone, refOf, rowOf, tookPlace } from './ledger.ts';
import { dropSecrets, machineOf, setMachine } from './machines.ts';
import { eachTry, type Steps } from './steps.ts';
import { watchFind } from './watch.ts';

const DESTROY_WAIT: Wait = {
  timeoutMs: 15 * 60_000,
  everyMs: 500,
  maxEveryMs: 5000,
  hint: 'Look at it on the backend; then run `saltern machine destroy` again.',
};

/**
 * Ends everything that a machine is made of: the instance, then the parts that survive it. From any status; repeating it is
 * the same. `keep machine` ends the resources only.
 */
export async function destroySteps(
  steps: Steps,
  ports: Ports,
  operation: OperationRecord,
  id: string,
  what: 'end machine' | 'keep machine' = 'end machine',
): Promise<void> {
  const machine = await machineOf(ports, id);
  const open = await ports.provider(machine.provider);
  if (what === 'end machine') {
    await steps.run(eachTry(operation, 'mark destroying'), async () => {
      ports.bootstrap.release(id);
      await setMachine(ports, operation, id, { status: 'destroying', error: null, operation: operation.id });
    });
  }
  await steps.until(
    'destroy instance',
    (context) => destroyInstance(ports, open, machine.resource, context),
    DESTROY_WAIT,
  );
  const parts = await steps.run('list parts', () => partsOf(ports, open, machine.resource));
  for (const part of parts) {
    await steps.until(
      `destroy ${part.kind} ${part.id}`,
      (context) => destroyPart(ports, open, part.id, context),
      DESTROY_WAIT,
    );
  }
  if (what === 'keep machine') return;
  await steps.run('destroyed', async () => {
    await dropSecrets(ports.store, id);
    await setMachine(ports, operation, id, { status: 'destroyed', destroyedAt: ports.clock.now(), error: null });
  });
}

/** Begins the end and looks until it is gone; a request that got lost is made again. */
async function destroyInstance(
  ports: Ports,
  { driver }: OpenProvider,
  rowId: string,
  { signal, progress }: StepContext,
): Promise<true | null> {
  const row = await rowOf(ports, rowId);
  if (row.status === 'gone') return true;
  if (row.status === 'wanted') return gone(ports, row);
  const ref = refOf(ports.store, row);
  // First by native id without a look: one request less for each machine.
  if (row.status === 'exists' && row.nativeId !== null) {
    await ports.store.resources.update(row.id, { status: 'destroying' });
    await driver.instance.destroy(ref, signal);
    return null;
  }
  const seen = await watchFind(driver, ref);
  if (!seen) {
    if (!(await wasSeen(ports, row)) && !settled(ports, row, driver.instance.settleMs)) {
      progress('looking whether an earlier request still takes effect');
      return null;
    }
    return gone(ports, row);
  }
  await noteParts(ports, row, seen);
  if (seen.status !== 'destroying') {
    await driver.instance.destroy({ ...ref, nativeId: seen.nativeId, location: seen.location }, signal);
  }
  return null;
}

/** Once a look has shown it, its absence is no lateness: an operation looks long enough before it asks a second time. */
async function wasSeen(ports: Ports, { machine, nativeId }: Resource): Promise<boolean> {
  const row = machine === null ? null : await ports.store.machines.get(machine);
  return nativeId !== null && row?.nativeId === nativeId;
}

async function noteParts(ports: Ports, row: Resource, seen: Instance): Promise<void> {
  if (row.nativeId === null) await tookPlace(ports, row, seen);
}

/**
 * Parts known from the ledger. Where it has none, the making may have broken off before they were seen (a crash, a cancel, a
 * refusal after the instance was made): whatever bears the row's tag is one. They are recorded all at once or not at all.
 */
async function partsOf(ports: Ports, open: OpenProvider, parent: string): Promise<{ id: string; kind: string }[]> {
  const row = await rowOf(ports, parent);
  const recorded = async () => {
    const { provider, machine } = row;
    const rows = await ports.store.resources.list({ provider, ...(machine !== null && { machine }) });
    return rows.filter((part) => part.parent === parent);
  };
  if (row.attemptedAt !== null && (await recorded()).length === 0) {
    const { name, location, nativeId } = row;
    const instance = { name, location: location ?? '', nativeId: nativeId ?? '', owner: null };
    const parts = await tagged(ports, open, parent);
    await tookPlace(ports, { ...row, status: 'exists', nativeId: instance.nativeId }, { ...instance, parts });
  }
  return (await recorded()).filter(({ status }) => status !== 'gone').map(({ id, kind }) => ({ id, kind }));
}

/** Every part that bears a row's tag on the backend. */
async function tagged(ports: Ports, { driver }: OpenProvider, resource: string): Promise<ResourcePart[]> {
  const parts: ResourcePart[] = [];
  for (const [name, kind] of Object.entries(driver.partKinds)) {
    for await (const { nativeId, location } of kind.list({ installation: ports.store.installation, resource })) {
      parts.push({ kind: name, nativeId, location });
    }
  }
  return parts;
}

async function destroyPart(
  ports: Ports,
  open: OpenProvider,
  id: string,
  { signal }: StepContext,
): Promise<true | null> {
  const row = await rowOf(ports, id);
  if (row.status === 'gone') return true;
  const kind = open.driver.partKinds[row.kind];
  if (!kind) return gone(ports, row);
  const ref = refOf(ports.store, row);
  if (row.status === 'exists') {
    // Most parts go with their instance: look before asking.
    if ((await kind.find(ref, signal)) === null) return gone(ports, row);
    await ports.store.resources.update(row.id, { status: 'destroying' });
  }
  await kind.destroy(ref, signal);
  return (await kind.find(ref, signal)) === null ? gone(ports, row) : null;
}

async function gone(ports: Ports, row: Resource): Promise<true> {
  await markGone(ports, row);
  return true;
}

function settled(ports: Ports, row: Resource, settleMs: number): boolean {
  return ports.clock.now() >= (row.attemptedAt ?? 0) + settleMs;
}
