import type { Price } from '../core/catalog.ts';
import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Machine } from '../core/machine.ts';
import { fingerprint } from './fingerprint.ts';
import type { MapPlan, MapRequest, PlannedAction, PlannedProvider } from './inputs.ts';
import { endNeeds, judge, needsResolved, type Subject, type Verdict } from './plan-map-judge.ts';
import { type Look, lookAt } from './plan-map-look.ts';
import { type Fault, faulty, fieldOf, type Wanted, wantedOf } from './plan-map-wanted.ts';
import type { World } from './requests.ts';
import type { Wish } from './wish.ts';

/** An action with what it takes to do it. The wish holds secrets: it is not shown. */
export interface PlanItem {
  readonly action: PlannedAction;
  /** Null for what is to be ended. */
  readonly wanted: Wanted | null;
  readonly machine: Machine | null;
}

/** What applying a map would do, where, and what it costs. Asks the backends; changes nothing. */
export async function planMap(world: World, request: MapRequest): Promise<MapPlan> {
  return (await makePlan(world, request)).plan;
}

export async function makePlan(
  { ports }: World,
  request: MapRequest,
): Promise<{ readonly plan: MapPlan; readonly items: readonly PlanItem[] }> {
  const { map, only, allow } = request;
  const wanted = await wantedOf(ports, map, only);
  const look = await lookAt(ports, wanted, map.name);
  const subjects = wanted.map((one) => ({ wanted: one, subject: look.subject(one) }));
  const faults = subjects.flatMap(({ wanted, subject }) => unresolvable(wanted, subject));
  if (faults.length > 0) throw faulty(faults);
  const kept = subjects.map(({ wanted, subject }) => ({
    wanted,
    machine: subject.machine,
    action: wantedAction(wanted, subject, judge(subject)),
  }));
  const items = [...kept, ...(only ? [] : endings(look, request))].map((item) => ({
    ...item,
    action: { ...item.action, needs: item.action.needs.filter((need) => !allow.some((allowed) => allowed === need)) },
  }));
  const actions = items.map(({ action }) => action);
  const plan: MapPlan = {
    map: map.name,
    providers: [...look.providers.values()].map(providerOf),
    actions,
    costs: costsOf(items),
    changes: actions.some(({ action }) => action !== 'keep'),
  };
  return { plan, items };
}

/** Words that no backend understands are a mistake in a file, and not something that passes. */
const MISTAKES: readonly string[] = ['invalid', 'not_found', 'unsupported'];

function unresolvable({ machine }: Wanted, subject: Subject): Fault[] {
  const { resolved } = subject;
  if (!(resolved instanceof SalternError) || !MISTAKES.includes(resolved.code) || !needsResolved(subject)) return [];
  const { message, hint, field = 'image' } = resolved;
  return [{ field: fieldOf(machine, field), origin: machine.origin, message, ...(hint !== undefined && { hint }) }];
}

const MAKES: readonly PlannedAction['action'][] = ['create', 'replace'];

function wantedAction(
  { machine: { name, profile, requires, origin }, wish, open }: Wanted,
  subject: Subject,
  verdict: Verdict,
) {
  const { machine, instance, namesakes, resolved } = subject;
  const others = verdict.action === 'not ours' ? namesakes : [];
  const chosen = resolved && !(resolved instanceof Error) ? resolved : null;
  const makes = MAKES.includes(verdict.action) || (verdict.action === 'change' && instance === null);
  const made = makes ? chosen : null;
  const resized = verdict.changes.some(({ what }) => what === 'size') ? chosen : null;
  const [stranger = null] = others;
  return {
    ...verdict,
    ...(verdict.action === 'enrol' && { reason: `${verdict.reason}: ${whereOf(wish)}` }),
    ...seen(machine, instance ?? stranger),
    name,
    provider: open.provider.name,
    profile,
    nativeIds: others.map(({ nativeId }) => nativeId),
    ...(made && { image: made.image.name, location: made.location }),
    ...((made ?? resized) && { size: (made ?? resized)?.size.id ?? null }),
    price: (made ?? resized)?.size.price ?? machine?.price ?? null,
    requires: requires ?? [],
    origin,
  };
}

/** Where a machine that exists is, and how it is known to be that one: the words that every driver of such machines takes. */
function whereOf({ options, ssh }: Wish): string {
  const { host, port = ssh.port, host_key: key } = options;
  return `${host}:${port}, host key ${key === undefined ? 'pinned at first contact' : 'given'}`;
}

/** What is there now of a machine. */
function seen(machine: Machine | null, instance: Instance | null) {
  return {
    machine: machine?.id ?? null,
    nativeId: machine?.nativeId ?? instance?.nativeId ?? null,
    location: instance?.location ?? machine?.location ?? null,
    image: machine?.imageName ?? instance?.imageName ?? null,
    size: instance?.size ?? machine?.size ?? null,
    fingerprint: instance && fingerprint(instance),
  };
}

/** What this very map wanted before and does not want any more. Machines of other maps, and of none, are not touched. */
function endings(look: Look, { map }: MapRequest): PlanItem[] {
  const names = new Set(map.machines.map(({ name }) => name));
  return look.machines
    .filter((machine) => machine.map === map.name && !names.has(machine.name))
    .map((machine) => {
      const at = look.providers.get(machine.provider);
      const action: PlannedAction = {
        ...ending(machine, look),
        ...seen(machine, look.instanceOf(machine)),
        name: machine.name,
        provider: at?.open.provider.name ?? machine.provider,
        profile: null,
        nativeIds: [],
        price: machine.price,
        requires: [],
        origin: null,
      };
      return { action, wanted: null, machine };
    });
}

function ending(machine: Machine, look: Look): Verdict {
  const observed = look.providers.get(machine.provider)?.observed;
  const none = { needs: [], changes: [] } as const;
  if (observed?.status === 'unknown') return { action: 'unknown', reason: observed.reason, ...none };
  const busy = look.busy(machine);
  if (busy !== null) return { action: 'unknown', reason: `${busy} is at work on it`, ...none };
  const needs = ['prune', ...endNeeds(machine)] as const;
  const what = machine.origin === 'enrolled' ? ': it is forgotten and goes on' : '';
  return { action: 'destroy', reason: `not in the map any more${what}`, needs, changes: [] };
}

function providerOf({
  open,
  observed,
}: Look['providers'] extends ReadonlyMap<string, infer S> ? S : never): PlannedProvider {
  const { name, driver, scope } = open.provider;
  if (observed.status === 'ok') return { name, driver, status: 'ok', reason: null, scope: observed.scope };
  return { name, driver, status: 'unknown', reason: observed.reason, scope };
}

/** What is not allowed does not happen, so it costs what it costs now. */
function costsOf(items: readonly PlanItem[]): MapPlan['costs'] {
  const sums = new Map<string, { now: Sum; after: Sum }>();
  const add = (price: Price | null, when: 'now' | 'after') => {
    if (!price) return;
    const sum = sums.get(price.currency) ?? { now: { hourly: 0, monthly: 0 }, after: { hourly: 0, monthly: 0 } };
    sums.set(price.currency, sum);
    sum[when].hourly += price.hourly;
    sum[when].monthly += price.monthly;
  };
  for (const { action, machine } of items) {
    const now = machine?.nativeId ? machine.price : null;
    add(now, 'now');
    const happens = isAllowed(action);
    if (action.action === 'destroy') add(happens ? null : now, 'after');
    else add(happens ? action.price : now, 'after');
  }
  return [...sums].map(([currency, sum]) => ({ currency, ...sum }));
}

interface Sum {
  hourly: number;
  monthly: number;
}

/** Whether applying does something about it now. Of a change, the parts that are not allowed are left. */
export function isAllowed({ action, needs, changes }: PlannedAction): boolean {
  if (action === 'unknown' || action === 'not ours') return false;
  if (action !== 'change') return needs.length === 0;
  return changes.some((drift) => isAllowedDrift(drift, needs));
}

export function isAllowedDrift({ needs }: PlannedAction['changes'][number], unmet: PlannedAction['needs']): boolean {
  return needs === null || !unmet.includes(needs);
}
