import type { ResolvedRequest } from '../core/driver.ts';
import { type SalternError, toSalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Machine } from '../core/machine.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Resource } from '../core/resource.ts';
import { type Observation, observe } from './observe.ts';
import type { Subject } from './plan-map-judge.ts';
import type { Wanted } from './plan-map-wanted.ts';

/** All that a plan is made from, each thing asked for once. */
export interface Look {
  readonly providers: ReadonlyMap<string, Seen>;
  readonly machines: readonly Machine[];
  subject(wanted: Wanted): Subject;
  instanceOf(machine: Machine): Instance | null;
  busy(machine: Machine): string | null;
}

interface Seen {
  readonly open: OpenProvider;
  readonly observed: Observation;
  readonly rows: ReadonlyMap<string, Resource>;
  readonly byNativeId: ReadonlyMap<string, Instance>;
  readonly byOwner: ReadonlyMap<string, Instance>;
  readonly byName: ReadonlyMap<string, readonly Instance[]>;
}

/** Looks at the providers of what a map wants and of what it wanted before, all at the same time. Writes nothing. */
export async function lookAt(ports: Ports, wanted: readonly Wanted[], map: string): Promise<Look> {
  const { store } = ports;
  const machines = await store.machines.list();
  const before = machines.filter((machine) => machine.map === map).map(({ provider }) => provider);
  const ids = [...new Set([...wanted.map(({ wish }) => wish.provider), ...before])];
  const seen = await Promise.all(ids.map((id) => see(ports, id)));
  const providers = new Map(seen.map((one) => [one.open.provider.id, one]));
  const believed = wanted.filter(({ wish }) => providers.get(wish.provider)?.observed.status === 'ok');
  const resolved = await resolveAll(believed);
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const names = new Map((await store.providers.list()).map(({ id, name }) => [id, name]));
  const busy = busyWith(await store.operations.unfinished());

  const instanceOf = (machine: Machine) => {
    const at = providers.get(machine.provider);
    const nativeId = at?.rows.get(machine.resource)?.nativeId ?? machine.nativeId;
    return at?.byNativeId.get(nativeId ?? '') ?? at?.byOwner.get(machine.resource) ?? null;
  };
  const subject = ({ machine: { name }, wish, open }: Wanted): Subject => {
    const at = providers.get(wish.provider);
    if (!at) throw new Error(`provider ${wish.provider} was not looked at`);
    const machine = byName.get(name) ?? null;
    const instance = machine && instanceOf(machine);
    return {
      wish,
      machine,
      elsewhere:
        machine && machine.provider !== wish.provider ? (names.get(machine.provider) ?? machine.provider) : null,
      observed: at.observed,
      instance,
      namesakes: (at.byName.get(name) ?? []).filter((one) => one !== instance && one.status !== 'destroying'),
      busy: machine && busy(machine),
      halfDestroyed: machine !== null && at.rows.get(machine.resource)?.status === 'destroying',
      resolved: resolved.get(requestKey(wish)) ?? null,
      existing: open.module.features.existing,
      resizes: open.driver.resizing !== undefined,
    };
  };
  return { providers, machines, subject, instanceOf, busy };
}

async function see(ports: Ports, id: string): Promise<Seen> {
  const open = await ports.provider(id);
  const observed = await observe(ports, open);
  const rows = await ports.store.resources.list({ provider: id });
  const instances = observed.status === 'ok' ? observed.instances : [];
  const { installation } = ports.store;
  const ours = instances.filter(({ owner }) => owner?.installation === installation);
  return {
    open,
    observed,
    rows: new Map(rows.map((row) => [row.id, row])),
    byNativeId: new Map(instances.map((instance) => [instance.nativeId, instance])),
    byOwner: new Map(ours.map((instance) => [instance.owner?.resource ?? '', instance])),
    byName: Map.groupBy(instances, ({ name }) => name),
  };
}

/** Each distinct image, size, location and options once, however many machines want it. */
async function resolveAll(wanted: readonly Wanted[]): Promise<Map<string, ResolvedRequest | SalternError>> {
  const resolved = new Map<string, Promise<ResolvedRequest | SalternError>>();
  for (const { wish, open } of wanted) {
    const key = requestKey(wish);
    if (open.module.features.existing || wish.image === null || resolved.has(key)) continue;
    const { image, size, location } = wish;
    const request = { image, ...(size !== null && { size }), ...(location !== null && { location }) };
    resolved.set(key, open.driver.resolve(request, open.module.Options.parse(wish.options)).catch(toSalternError));
  }
  return new Map(await Promise.all([...resolved].map(async ([key, answer]) => [key, await answer] as const)));
}

function requestKey({ provider, image, size, location, options }: Wanted['wish']): string {
  return JSON.stringify([provider, image, size, location, options]);
}

/** Operations on the machine itself, and batches that have it before them. */
function busyWith(unfinished: readonly OperationRecord[]): Look['busy'] {
  const byEntity = new Map(unfinished.map((operation) => [operation.entity, operation.name]));
  const batches = unfinished
    .filter(({ parent }) => parent === null)
    .map(({ name, input }) => ({
      name,
      text: JSON.stringify(input),
    }));
  return ({ id, status }) => {
    const own = byEntity.get(`machine/${id}`);
    if (own !== undefined || status !== 'requested') return own ?? null;
    return batches.find(({ text }) => text.includes(id))?.name ?? null;
  };
}
