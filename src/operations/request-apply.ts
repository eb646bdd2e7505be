import { type Asked, type Machine, machineSecrets } from '../core/machine.ts';
import type { Ports } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import type { ApplyInput } from './apply-input.ts';
import { applyMap } from './apply-map.ts';
import { enrolInput } from './enrol-machine.ts';
import type { Applied, ApplyRequest, Drift, LeftAction, MapPlan, PlannedAction } from './inputs.ts';
import { isAllowed, isAllowedDrift, makePlan, type PlanItem } from './plan-map.ts';
import type { Wanted } from './plan-map-wanted.ts';
import { reservation } from './request-create.ts';
import type { World } from './requests.ts';
import { askedOf, createInput, requestOfWish, reserveMachine, type Wish } from './wish.ts';

interface Child {
  readonly machine: string;
  readonly provider: string;
  readonly input: ApplyInput;
}

/**
 * Looks once more, holds it against what was shown, writes the intent and begins. What is not allowed, not ours or not known
 * is left as it is, and told.
 */
export async function requestApply(world: World, request: ApplyRequest): Promise<Applied> {
  const { ports, engine } = world;
  const { plan, items } = await makePlan(world, request);
  const begun = await ports.store.transaction(async (store) => {
    await pinScopes(store, plan);
    return reserveAll({ ...ports, store }, items, request);
  });
  const { children, machines, left } = begun;
  const operation = await engine.start(applyMap, {
    actor: request.actor,
    entity: null,
    queue: null,
    input: { map: request.map.name, children, left: left.map(({ name, reason }) => ({ name, reason })) },
  });
  return { operation, machines, left };
}

/** Of a provider that was never checked, the account that the plan saw is the one from now on. */
async function pinScopes({ providers }: Store, plan: MapPlan): Promise<void> {
  for (const { name, status, scope } of plan.providers) {
    const row = await providers.find(name);
    if (row?.scope === null && status === 'ok') await providers.update(row.id, { scope });
  }
}

async function reserveAll(ports: Ports, items: readonly PlanItem[], request: ApplyRequest) {
  const { name: map } = request.map;
  const ids = new Map(items.flatMap(({ action, machine }) => (machine ? [[action.name, machine.id]] : [])));
  const children: Child[] = [];
  const machines: Machine[] = [];
  const left: LeftAction[] = [];
  for (const item of items) {
    const { action, wanted } = item;
    if (wanted && item.machine && STAYS.includes(action.action)) {
      const kept = action.action === 'keep' && {
        profile: wanted.profile.id,
        asked: askedByNow(item.machine, wanted, []),
      };
      await ports.store.machines.update(item.machine.id, { map, ...kept });
    }
    if (action.action === 'keep') continue;
    const stops = otherThanShown(action, request) ?? obstacleTo(action, ids) ?? (await takenSince(ports.store, item));
    const reason = stops ?? notAllowedParts(action);
    if (reason !== null) left.push({ name: action.name, action: action.action, reason });
    const machine = stops === null ? (item.machine ?? (wanted && (await reserve(ports, wanted, map)))) : null;
    if (!machine) continue;
    ids.set(action.name, machine.id);
    machines.push(machine);
    if (wanted) await keepNextRequest(ports.store, machine, wanted.wish, action);
    const requires = action.requires.flatMap((name) => ids.get(name) ?? []);
    children.push({ machine: machine.id, provider: machine.provider, input: inputOf(item, machine, requires) });
  }
  return { children, machines, left };
}

/** What leaves a machine to its map: it is that one's from now on. */
const STAYS: readonly PlannedAction['action'][] = ['keep', 'change', 'replace'];

/** Who said yes to one thing did not say yes to another. */
function otherThanShown(
  { name, action, nativeId, fingerprint }: PlannedAction,
  { expect }: ApplyRequest,
): string | null {
  if (!expect) return null;
  const shown = expect.find((one) => one.name === name);
  if (!shown) return `to ${action} it was not shown`;
  if (shown.action !== action) return `shown was to ${shown.action} it, by now it would be to ${action} it`;
  if (shown.nativeId === nativeId && shown.fingerprint === fingerprint) return null;
  return 'somebody changed it since it was shown';
}

/** Two requests at the same moment may both have seen that a name is free. */
async function takenSince(store: Store, { action, machine }: PlanItem): Promise<string | null> {
  const taken = machine === null && (await store.machines.find(action.name)) !== null;
  return taken ? 'another request took the name just now' : null;
}

/** Why nothing at all is done about it. */
function obstacleTo(action: PlannedAction, ids: ReadonlyMap<string, string>): string | null {
  if (action.action === 'unknown' || action.action === 'not ours') return action.reason;
  if (!isAllowed(action)) return `${lacks(action.needs)}: ${action.reason}`;
  const lacking = action.requires.filter((name) => !ids.has(name));
  return lacking.length === 0 ? null : `it requires ${lacking.join(', ')}, which is not made`;
}

/** The rest of a change is done without these. */
function notAllowedParts({ action, needs, changes }: PlannedAction): string | null {
  if (action !== 'change' || needs.length === 0) return null;
  const parts = changes.filter((drift) => !isAllowedDrift(drift, needs)).map(({ what }) => what);
  return `${parts.join(', ')} ${lacks(needs)}`;
}

function lacks(needs: PlannedAction['needs']): string {
  const flags = needs.filter((need) => need !== 'unprotect' && need !== 'import').map((need) => `--${need}`);
  return [
    ...(flags.length > 0 ? [`needs ${flags.join(' and ')}`] : []),
    ...(needs.includes('unprotect') ? ['is protected'] : []),
  ].join(' and ');
}

/** Takes the name and writes what it is asked for, before anything is made. */
async function reserve(ports: Ports, { machine: { name }, wish, open }: Wanted, map: string): Promise<Machine> {
  const { machine, resource } = reservation(ports, wish.provider, name, open.driver.instance.kind);
  await ports.store.resources.insert(resource);
  const origin = open.module.features.existing ? 'enrolled' : 'created';
  return reserveMachine(ports.store, { ...machine, origin, map }, wish);
}

async function keepNextRequest(store: Store, machine: Machine, wish: Wish, action: PlannedAction): Promise<void> {
  const taken = action.action === 'replace' || changesOf(action).some((what) => what === 'status' || what === 'deploy');
  if (taken)
    await store.secrets.put(machineSecrets.nextRequest(machine.id), JSON.stringify(requestOfWish(wish, machine)));
}

function inputOf({ action, wanted }: PlanItem, machine: Machine, requires: string[]): ApplyInput {
  const { action: what, fingerprint, size, price } = action;
  const changes = changesOf(action);
  return {
    machine: machine.id,
    action: what as ApplyInput['action'],
    changes,
    requires,
    prunes: what === 'destroy' ? machine.map : null,
    fingerprint,
    resource: machine.resource,
    make: wanted && makeInput(machine.id, wanted),
    tags: [...(wanted?.wish.tags ?? [])],
    size: changes.includes('size') && size !== null ? { id: size, price } : null,
    become: wanted && becomes(machine, wanted, action),
    trouble: null,
  };
}

function changesOf({ changes, needs }: PlannedAction): Drift['what'][] {
  return changes.filter((drift) => isAllowedDrift(drift, needs)).map(({ what }) => what);
}

function makeInput(id: string, { wish, open }: Wanted): ApplyInput['make'] {
  if (open.module.features.existing) return { how: 'enrol', input: enrolInput(id, wish) };
  // An imported machine may have a profile of its own without an image: it is never made.
  return wish.image === null ? null : { how: 'create', input: createInput(id, wish) };
}

/** Only what is really done becomes what the machine was asked for. */
function becomes(machine: Machine, wanted: Wanted, action: PlannedAction): ApplyInput['become'] {
  const { wish, profile } = wanted;
  const all = askedOf(wish);
  const changes = changesOf(action);
  const fresh = action.action !== 'change' || (changes.includes('status') && machine.readyAt === null);
  const done: Partial<Asked> = fresh
    ? all
    : {
        ...(changes.includes('size') && { size: all.size }),
        ...(changes.includes('tags') && { tags: all.tags }),
        ...(changes.includes('deploy') && { deploy: all.deploy }),
      };
  const asked = { ...askedByNow(machine, wanted, changes), ...done };
  const remade = fresh && machine.origin !== 'enrolled';
  return {
    profile: profile.id,
    ...(remade && { sshPort: wish.ssh.port }),
    ...(action.action === 'replace' && { protected: wish.protected }),
    ...(changes.includes('protection') && { protected: true }),
    asked: { ...asked, tags: [...asked.tags] },
  };
}

/** Other words for what is there already are what it is asked for with from now on: renewed, they are no drift. */
function askedByNow({ asked }: Machine, { wish }: Wanted, changes: readonly Drift['what'][]): Asked {
  const words = (key: 'image' | 'size') =>
    (asked[key] === null || changes.includes(key) ? asked[key] : wish[key]) ?? asked[key];
  return { ...asked, image: words('image'), size: words('size') };
}
