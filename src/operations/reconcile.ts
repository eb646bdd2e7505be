import * as z from 'zod';
import type { Operation, Step } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Resource } from '../core/resource.ts';
import { lookAtFleet } from './fleet.ts';
import { markGone, refOf } from './ledger.ts';
import { setMachine } from './machines.ts';

const Input = z.object({ provider: z.string(), fix: z.boolean(), confirmVanished: z.boolean() });
type Input = z.infer<typeof Input>;

export interface Finding {
  /**
   * `missing`: ours, and the backend says for this very one that it is gone. `orphan`: bears our tag, the ledger does not
   * know it. `double`: bears the tag of a row that has another instance. `late`: bears the tag of a row that is gone.
   */
  readonly kind: 'missing' | 'orphan' | 'double' | 'late';
  readonly name: string;
  readonly nativeId: string;
  readonly location: string;
  readonly action: 'marked missing' | 'destroyed' | 'left alone';
}

export interface ReconcileOutput {
  readonly checked: number;
  readonly findings: readonly Finding[];
}

/**
 * Compares the ledger with what the backend lists. Doubles and late ones are ours without doubt and are destroyed at once;
 * orphans are shown, and destroyed only with `fix`.
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
      return {
        checked: fleet.known.length,
        vanished: fleet.known.flatMap(({ row, instance }) => (instance ? [] : [row.id])),
        strangers: fleet.strangers.map(({ instance, row }) => ({
          kind: strangerKind(row, instance.nativeId),
          name: instance.name,
          nativeId: instance.nativeId,
          location: instance.location,
          resource: instance.owner?.resource ?? '',
        })),
      };
    });
    const findings: Finding[] = [];
    for (const id of seen.vanished) {
      const finding = await step.run(`look for ${id}`, () => lookForMissing(ports, step, open, id));
      if (finding) findings.push(finding);
    }
    for (const stranger of seen.strangers) {
      if (stranger.kind === null) continue;
      const { kind, name, nativeId, location, resource } = stranger;
      const fix = kind !== 'orphan' || input.fix;
      if (fix) {
        await step.run(`destroy ${kind} ${nativeId}`, async ({ signal }) => {
          const owner = { installation: ports.store.installation, resource };
          await open.driver.instance.destroy({ owner, name, location, nativeId, attempted: true }, signal);
        });
      }
      findings.push({ kind, name, nativeId, location, action: fix ? 'destroyed' : 'left alone' });
    }
    return { checked: seen.checked, findings };
  },
};

/** Null while an operation is still at work on the row: it will find its own instance. */
function strangerKind(row: Resource | null, nativeId: string): 'orphan' | 'double' | 'late' | null {
  if (row === null) return 'orphan';
  if (row.status === 'gone') return 'late';
  if (row.status === 'exists' && row.nativeId !== nativeId) return 'double';
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
  const { name, nativeId, location } = row;
  return { kind: 'missing', name, nativeId: nativeId ?? '', location: location ?? '', action: 'marked missing' };
}
