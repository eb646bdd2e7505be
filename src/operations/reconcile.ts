import * as z from 'zod';
import type { Instance } from '../core/instance.ts';
import type { Operation, Step } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Resource, SeenResource } from '../core/resource.ts';
import { lookAtFleet, namedBy } from './fleet.ts';
import { markGone, refOf } from './ledger.ts';
import { setMachine } from './machines.ts';

const Input = z.object({ provider: z.string(), fix: z.boolean(), confirmVanished: z.boolean() });
type Input = z.infer<typeof Input>;

export interface Finding {
  /**
   * `missing`: ours, and the backend says for this very one that it is gone. `orphan`: bears our tag, the ledger does not
   * know it. `double`: bears the tag of a row that has another instance. `late`: bears the tag of a row that is gone.
   */
  readonly kind: 'missing' | Stranger['kind'];
  /** The resource's kind: the instance, a volume, an address. */
  readonly resource: string;
  readonly name: string;
  readonly nativeId: string;
  readonly location: string;
  readonly action: 'marked missing' | 'destroyed' | 'left alone';
}

export interface ReconcileOutput {
  readonly checked: number;
  readonly findings: readonly Finding[];
}

/** Something with our tag that the ledger does not have as existing. */
interface Stranger {
  readonly kind: 'orphan' | 'double' | 'late';
  readonly resource: string;
  readonly name: string;
  readonly nativeId: string;
  readonly location: string;
  /** The ledger row that its tag names. */
  readonly owner: string;
}

/**
 * Compares the ledger with what the backend lists: instances, and the volumes and addresses that bear our mark. Doubles and
 * late ones are ours without doubt and are destroyed at once; orphans are shown, and destroyed only with `fix`.
 */
export const reconcile: Operation<Input, ReconcileOutput> = {
  name: 'reconcile',
  version: 1,
  Input,
  async run(step, ports, input) {
    const open = await ports.provider(input.provider);
    const seen = await step.run('compare the ledger with the list', async ({ signal }) => {
      const options = { confirmVanished: input.confirmVanished };
      const fleet = await lookAtFleet(ports, step.operation.actor, open, options, signal);
      const strangers = fleet.strangers.flatMap(({ instance, row }) =>
        stranger(instance, open.driver.instance.kind, row),
      );
      return {
        checked: fleet.known.length,
        vanished: fleet.known.flatMap(({ row, instance }) => (instance ? [] : [row.id])),
        strangers: [...strangers, ...(await strangeParts(ports, open, fleet.all, signal))],
      };
    });
    const findings: Finding[] = [];
    for (const id of seen.vanished) {
      const finding = await step.run(`look for ${id}`, () => lookForMissing(ports, step, open, id));
      if (finding) findings.push(finding);
    }
    for (const { owner, ...found } of seen.strangers) {
      const fix = found.kind !== 'orphan' || input.fix;
      if (fix) {
        await step.run(`destroy ${found.kind} ${found.resource} ${found.nativeId}`, ({ signal }) =>
          destroyStranger(ports, open, { owner, ...found }, signal),
        );
      }
      findings.push({ ...found, action: fix ? 'destroyed' : 'left alone' });
    }
    return { checked: seen.checked, findings };
  },
};

/** What hangs on any instance of the account is left to it: a forgotten machine keeps its volumes, mark and all. */
async function strangeParts(
  ports: Ports,
  open: OpenProvider,
  all: readonly Instance[],
  signal: AbortSignal,
): Promise<Stranger[]> {
  const rows = await ports.store.resources.list({ provider: open.provider.id });
  const found: Stranger[] = [];
  const attached = new Set(all.flatMap(({ parts = [] }) => parts.map(({ nativeId }) => nativeId)));
  for (const [name, kind] of Object.entries(open.driver.partKinds)) {
    const known = new Set(rows.flatMap((row) => (row.kind === name && row.status !== 'gone' ? [row.nativeId] : [])));
    for await (const seen of kind.list({ installation: ports.store.installation }, signal)) {
      if (known.has(seen.nativeId) || attached.has(seen.nativeId)) continue;
      found.push(...stranger(seen, name, await namedBy(ports, seen)));
    }
  }
  return found;
}

async function destroyStranger(
  ports: Ports,
  { driver }: OpenProvider,
  { owner, resource, name, nativeId, location }: Stranger,
  signal: AbortSignal,
): Promise<void> {
  const kind = resource === driver.instance.kind ? driver.instance : driver.partKinds[resource];
  const ref = { owner: { installation: ports.store.installation, resource: owner }, name, location, nativeId };
  await kind?.destroy({ ...ref, attempted: true }, signal);
}

/** Nothing while an operation is still at work on the row: it will find its own. */
function stranger(seen: SeenResource, resource: string, row: Resource | null): Stranger[] {
  const kind = strangerKind(row, resource, seen.nativeId);
  const { name, nativeId, location, owner } = seen;
  return kind === null ? [] : [{ kind, resource, name, nativeId, location, owner: owner?.resource ?? '' }];
}

function strangerKind(row: Resource | null, resource: string, nativeId: string): Stranger['kind'] | null {
  if (row === null) return 'orphan';
  if (row.status === 'gone') return 'late';
  if (row.kind === resource && row.status === 'exists' && row.nativeId !== nativeId) return 'double';
  return null;
}

async function lookForMissing(ports: Ports, step: Step, open: OpenProvider, id: string): Promise<Finding | null> {
  const row = await ports.store.resources.get(id);
  if (row?.status !== 'exists') return null;
  if (ports.clock.now() < (row.existsAt ?? 0) + open.driver.instance.settleMs) return null;
  if (await open.driver.instance.find(refOf(ports.store, row))) return null;
  await markGone(ports, row);
  const machine = row.machine === null ? null : await ports.store.machines.get(row.machine);
  if (machine?.resource === row.id && machine.status !== 'destroyed') {
    await setMachine(ports, step.operation, machine.id, { status: 'missing' });
  }
  const { kind: resource, name } = row;
  const [nativeId, location] = [row.nativeId ?? '', row.location ?? ''];
  return { kind: 'missing', resource, name, nativeId, location, action: 'marked missing' };
}
