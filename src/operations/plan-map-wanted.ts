import { SalternError } from '../core/error.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { Profile } from '../core/profile.ts';
import type { FleetMap, MapMachine } from '../core/wanted.ts';
import { check } from '../lib/check.ts';
import { nearest } from '../lib/nearest.ts';
import { inOrder } from './plan-map-order.ts';
import { assertName } from './requests.ts';
import { type Wish, wishOf } from './wish.ts';

/** One machine of a map with everything it is asked for. The wish holds secrets. */
export interface Wanted {
  readonly machine: MapMachine;
  readonly profile: Profile;
  readonly wish: Wish;
  readonly open: OpenProvider;
}

/** One mistake in a map; nothing is begun while there is one. */
export interface Fault {
  readonly message: string;
  /** `map.machines.<name>.…`, or `profiles.<name>.…` where the profile is at fault. */
  readonly field: string;
  readonly origin: string;
  readonly hint?: string;
}

/** The machines of a map in the order of `requires`, or one `invalid` with every fault. */
export async function wantedOf(ports: Ports, map: FleetMap, only: readonly string[] | undefined): Promise<Wanted[]> {
  const profiles = new Map((await ports.store.profiles.list()).map((profile) => [profile.name, profile]));
  const order = inOrder(map.machines);
  const names = new Set(map.machines.map(({ name }) => name));
  const faults = [
    ...repeated(map.machines),
    ...map.machines.flatMap((machine) => faultsOf(machine, names, profiles)),
    ...('circle' in order ? [circleFault(order.circle, map)] : []),
    ...(only ?? []).flatMap((name) => onlyFault(name, map)),
  ];
  if ('circle' in order || faults.length > 0) throw faulty(faults);
  const wanted: Wanted[] = [];
  for (const machine of order.order) {
    const profile = profiles.get(machine.profile);
    if (!profile || (only && !only.includes(machine.name))) continue;
    const wish = await wishOf(ports.store, profile, machine.overrides);
    wanted.push({ machine, profile, wish, open: await ports.provider(wish.provider) });
  }
  const unfit = wanted.flatMap(optionFaults);
  if (unfit.length > 0) throw faulty(unfit);
  return wanted;
}

/** All faults in one error: the first as its field, each in its hint. */
export function faulty(all: readonly Fault[]): SalternError {
  const faults = [...new Map(all.map((fault) => [`${fault.field} ${fault.message}`, fault])).values()];
  const [first] = faults;
  if (!first) return new SalternError('internal', 'a map without faults was refused');
  const { field, message, origin, hint } = first;
  if (faults.length === 1) {
    return new SalternError('invalid', `${placed(origin)}${message}`, { field, ...(hint !== undefined && { hint }) });
  }
  const lines = faults.map((fault) => `${placed(fault.origin)}${fault.message}${fault.hint ? `. ${fault.hint}` : ''}`);
  return new SalternError('invalid', `the map has ${faults.length} faults; nothing was begun`, {
    field,
    hint: lines.join('\n'),
    faults: faults.map(({ field, message, hint }) => ({ field, message, ...(hint !== undefined && { hint }) })),
  });
}

function placed(origin: string): string {
  return origin === 'api' ? '' : `${origin}: `;
}

/** Where a setting of a machine stands: with the machine when it says so itself, else in its profile. */
export function fieldOf({ name, profile, overrides }: MapMachine, setting: string): string {
  const [key = ''] = setting.split('.');
  return key in (overrides ?? {}) ? `map.machines.${name}.overrides.${setting}` : `profiles.${profile}.${setting}`;
}

function repeated(machines: readonly MapMachine[]): Fault[] {
  const seen = new Set<string>();
  return machines.flatMap(({ name, origin }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ field: `map.machines.${name}`, origin, message: `machine ${name} is in the map twice` }];
  });
}

function faultsOf(machine: MapMachine, names: ReadonlySet<string>, profiles: ReadonlyMap<string, Profile>): Fault[] {
  const { name, profile, origin } = machine;
  const faults: Fault[] = [];
  try {
    assertName(name);
  } catch (thrown) {
    const { message, hint } = thrown as SalternError;
    faults.push({ field: `map.machines.${name}`, origin, message, ...(hint !== undefined && { hint }) });
  }
  if (!profiles.has(profile)) {
    const field = `map.machines.${name}.profile`;
    faults.push({
      field,
      origin,
      message: `machine ${name}: there is no profile "${profile}"`,
      ...meant(profile, profiles.keys()),
    });
  }
  for (const required of machine.requires ?? []) {
    if (names.has(required)) continue;
    const message = `machine ${name} requires ${required}, which is not in the map`;
    faults.push({ field: `map.machines.${name}.requires`, origin, message, ...meant(required, names) });
  }
  return faults;
}

function circleFault(circle: readonly string[], map: FleetMap): Fault {
  const [name = ''] = circle;
  const origin = map.machines.find((machine) => machine.name === name)?.origin ?? map.name;
  const message = `machines require each other in a circle: ${circle.join(' → ')}`;
  return { field: `map.machines.${name}.requires`, origin, message };
}

function onlyFault(name: string, map: FleetMap): Fault[] {
  const names = map.machines.map((machine) => machine.name);
  if (names.includes(name)) return [];
  return [{ field: 'only', origin: map.name, message: `machine ${name} is not in the map`, ...meant(name, names) }];
}

function optionFaults({ machine, wish, open }: Wanted): Fault[] {
  const { origin } = machine;
  const at = (setting: string) => ({ field: fieldOf(machine, setting), origin });
  const checked = check(open.module.Options, wish.options);
  if (!checked.ok) {
    const { field, message, hint } = checked.problem;
    const setting = field === '' ? 'options' : `options.${field}`;
    return [
      { ...at(setting), message: `machine ${machine.name}: ${setting} ${message}`, ...(hint !== null && { hint }) },
    ];
  }
  if (wish.image !== null || open.module.features.existing) return [];
  return [{ ...at('image'), message: `machine ${machine.name} has no image`, hint: 'See them: saltern image list' }];
}

function meant(written: string, known: Iterable<string>): { hint?: string } {
  const near = nearest(written, known);
  return near === null ? {} : { hint: `Did you mean "${near}"?` };
}
