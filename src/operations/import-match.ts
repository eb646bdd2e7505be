import type { Instance } from '../core/instance.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { ImportPreview } from './inputs.ts';
import { isName } from './requests.ts';
import type { Wish } from './wish.ts';

/** What a person, or a map, wants to be taken over. */
export interface ImportTarget {
  /** Name or native id on the backend. */
  readonly wanted: string;
  /** What it is to be called here; null: as its instance. */
  readonly name: string | null;
  readonly open: OpenProvider;
  readonly wish: Wish | null;
  /** The map that wants it. */
  readonly map: string | null;
  /** Fingerprint of the minion key that a Salt master accepted under this name. */
  readonly agentKey: string | null;
}

export interface ImportMatch {
  readonly target: ImportTarget;
  readonly preview: ImportPreview;
  /** What is taken over; null unless the action is `import`. */
  readonly instance: Instance | null;
}

type Verdict = Pick<ImportPreview, 'action' | 'reason'>;

/** Each target held against the instances of its provider; of several instances that bear its name each has its answer. */
export async function matchTargets(
  ports: Ports,
  targets: readonly ImportTarget[],
  instances: ReadonlyMap<string, readonly Instance[]>,
): Promise<ImportMatch[]> {
  const matches: ImportMatch[] = [];
  const taken = new Set<string>();
  const there = new Map([...instances].map(([provider, all]) => [provider, indexed(all)]));
  for (const target of targets) {
    const { wanted, open } = target;
    const { byId, byName } = there.get(open.provider.id) ?? indexed([]);
    const found = byId.get(wanted) ?? byName.get(wanted) ?? [];
    if (found.length === 0) matches.push(matched(target, null, notFound(open)));
    for (const instance of found) {
      const verdict = await judge(ports, target, instance, found.length, taken);
      if (verdict.action === 'import') taken.add(nameFor(target, instance));
      matches.push(matched(target, instance, verdict));
    }
  }
  return matches;
}

function indexed(all: readonly Instance[]) {
  const there = all.filter(({ status }) => status !== 'destroying');
  return { byId: Map.groupBy(there, ({ nativeId }) => nativeId), byName: Map.groupBy(there, ({ name }) => name) };
}

/** What the machine is called here. */
export function nameFor({ name }: ImportTarget, instance: Instance): string {
  return name ?? instance.name;
}

async function judge(
  ports: Ports,
  target: ImportTarget,
  instance: Instance,
  found: number,
  taken: ReadonlySet<string>,
): Promise<Verdict> {
  const { provider, driver } = target.open;
  const row = await ports.store.resources.byNativeId(provider.id, driver.instance.kind, instance.nativeId);
  if (row && row.status !== 'gone') {
    const machine = row.machine === null ? null : await ports.store.machines.get(row.machine);
    return { action: 'managed', reason: `is the machine ${machine?.name ?? row.name} already` };
  }
  if (found > 1) {
    const reason = `${found} instances bear this name: import each by its native id, the second with --as NAME`;
    return { action: 'ambiguous', reason };
  }
  const why = await refusal(ports, nameFor(target, instance), target, instance, taken);
  return why === null ? { action: 'import', reason: null } : { action: 'conflict', reason: why };
}

async function refusal(
  ports: Ports,
  name: string,
  { open }: ImportTarget,
  { owner }: Instance,
  taken: ReadonlySet<string>,
): Promise<string | null> {
  if (owner?.installation === ports.store.installation) return 'bears our own mark: put it back with saltern recover';
  if (owner) return `the installation ${owner.installation} of Saltern manages it: forget it there first`;
  if (!open.driver.tagging) return 'its backend has no tags to mark it with';
  if (!isName(name)) return `"${name}" cannot be a machine name: give it another with --as NAME`;
  const same = await ports.store.machines.find(name);
  if (!taken.has(name) && (!same || same.status === 'destroyed')) return null;
  return `another machine is called ${name}${same ? ` (${same.status})` : ''}: give it another name with --as NAME`;
}

function notFound({ provider, module }: OpenProvider): Verdict {
  const reason = module.features.existing
    ? `machines of ${provider.name} are enrolled, not imported`
    : `${provider.name} has no such instance`;
  return { action: 'not_found', reason };
}

function matched(target: ImportTarget, instance: Instance | null, { action, reason }: Verdict): ImportMatch {
  const preview: ImportPreview = {
    name: instance ? nameFor(target, instance) : (target.name ?? target.wanted),
    provider: target.open.provider.name,
    nativeId: instance?.nativeId ?? null,
    location: instance?.location ?? null,
    action,
    reason,
    agentKey: target.agentKey !== null,
  };
  return { target, preview, instance: action === 'import' ? instance : null };
}
