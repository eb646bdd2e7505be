import { SalternError, toSalternError } from '../core/error.ts';
import type { StepContext, Wait } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import {
  mayHaveHappened,
  type Resource,
  type ResourceKind,
  type ResourceRef,
  type SeenResource,
} from '../core/resource.ts';
import type { Steps } from './steps.ts';

/** Long enough for every settle time and for a backend that is away for a while. */
const ENSURE_WAIT: Wait = {
  timeoutMs: 15 * 60_000,
  everyMs: 1000,
  maxEveryMs: 15_000,
  hint: 'See what the backend says with `saltern provider check`, then run `saltern operation retry`.',
};

export function refOf(store: Ports['store'], row: Resource): ResourceRef {
  return {
    owner: { installation: store.installation, resource: row.id },
    name: row.name,
    ...(row.location !== null && { location: row.location }),
    ...(row.nativeId !== null && { nativeId: row.nativeId }),
    attempted: row.status !== 'wanted',
  };
}

/**
 * Makes a resource exactly once. The intent is in the ledger before the call. After an answer that leaves open whether it
 * took effect, the backend is looked at until the kind's settle time has passed; only then is it asked again.
 */
export function ensureResource<Spec, Seen extends SeenResource>(
  steps: Steps,
  ports: Ports,
  name: string,
  kind: ResourceKind<Spec, Seen>,
  target: { readonly row: string; readonly spec: () => Promise<Spec> },
): Promise<Seen> {
  return steps.until(name, (context) => ensureOnce(ports, kind, target, context), ENSURE_WAIT);
}

async function ensureOnce<Spec, Seen extends SeenResource>(
  ports: Ports,
  kind: ResourceKind<Spec, Seen>,
  target: { readonly row: string; readonly spec: () => Promise<Spec> },
  context: StepContext,
): Promise<Seen | null> {
  const row = await rowOf(ports, target.row);
  if (row.status === 'gone' || row.status === 'destroying') {
    throw new SalternError('conflict', `${row.kind} ${row.name} is ${row.status}, so it is not made again`);
  }
  let known = row.status === 'exists';
  if (row.status !== 'wanted') {
    const seen = await kind.find(refOf(ports.store, row), context.signal);
    if (seen) {
      await tookPlace(ports, row, seen);
      known = true;
    } else if (ports.clock.now() < (row.attemptedAt ?? 0) + kind.settleMs) {
      context.progress('looking whether the earlier request took effect');
      return null;
    } else if (row.nativeId !== null) {
      throw new SalternError('not_found', `${row.kind} ${row.name} (${row.nativeId}) was made and is gone`, {
        hint: 'Destroy the machine and create it again.',
      });
    }
  }
  const current = known ? await rowOf(ports, row.id) : await attempt(ports, row);
  return converge(ports, kind, current, known, target.spec, context);
}

async function converge<Spec, Seen extends SeenResource>(
  ports: Ports,
  kind: ResourceKind<Spec, Seen>,
  row: Resource,
  known: boolean,
  spec: () => Promise<Spec>,
  context: StepContext,
): Promise<Seen> {
  const onCreated = async (nativeId: string, location: string) => {
    if (known) return;
    known = true;
    await exists(ports, row, nativeId, location);
  };
  try {
    const ref = { ...refOf(ports.store, row), attempted: known, onCreated };
    const seen = await kind.ensure(await spec(), ref, context.signal);
    await tookPlace(ports, row, seen);
    return seen;
  } catch (thrown) {
    const error = toSalternError(thrown);
    // Refused for certain: the next try need not look first.
    if (!known && !mayHaveHappened(error)) await ports.store.resources.update(row.id, { status: 'wanted' });
    throw error;
  }
}

function attempt(ports: Ports, row: Resource): Promise<Resource> {
  return ports.store.resources.update(row.id, { status: 'attempted', attemptedAt: ports.clock.now() });
}

function exists(ports: Ports, row: Resource, nativeId: string, location: string): Promise<Resource> {
  return ports.store.resources.update(row.id, { status: 'exists', nativeId, location, existsAt: ports.clock.now() });
}

/** Records what was seen and its parts: each part is a row, because it can cost money by itself. */
export async function tookPlace(ports: Ports, row: Resource, seen: SeenResource): Promise<void> {
  await ports.store.transaction(async (store) => {
    if (row.nativeId !== seen.nativeId || row.status !== 'exists') {
      await exists({ ...ports, store }, row, seen.nativeId, seen.location);
    }
    for (const part of seen.parts ?? []) {
      const present = await store.resources.byNativeId(row.provider, part.kind, part.nativeId);
      if (present) continue;
      await store.resources.insert({
        id: ports.newId(),
        provider: row.provider,
        machine: row.machine,
        parent: row.id,
        kind: part.kind,
        name: `${row.name}/${part.kind}`,
        location: part.location,
        status: 'exists',
        nativeId: part.nativeId,
        attemptedAt: null,
        existsAt: ports.clock.now(),
        goneAt: null,
      });
    }
  });
}

export async function rowOf(ports: Ports, id: string): Promise<Resource> {
  const row = await ports.store.resources.get(id);
  if (!row) throw new SalternError('internal', `ledger row ${id} is not there`);
  return row;
}

export async function markGone(ports: Ports, row: Resource): Promise<void> {
  if (row.status !== 'gone') await ports.store.resources.update(row.id, { status: 'gone', goneAt: ports.clock.now() });
}
