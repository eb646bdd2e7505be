import { isDeepStrictEqual } from 'node:util';
import { isSeq } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import { tellNotHere } from './absent.ts';
import type { FleetMap, MapMachine, Overrides, ProfileInput } from './bundle.ts';
import { type Drafts, originOf, type ProfileDraft } from './drafts.ts';
import { isNothing, itemsOf, type Place, positionOf, tell, valueRange } from './place.ts';
import { defined, text } from './readers.ts';

/** A machine as a map names it, before it is known whether the whole makes sense. */
export interface WantedMachine {
  readonly name: string;
  readonly place: Place;
  readonly profile: string;
  readonly overrides: Overrides;
  /** Where it names the machines that it needs. */
  readonly requires: readonly Requirement[];
  /** Salt's `make_master`: all others need it. */
  readonly master: boolean;
}

export interface Requirement {
  readonly place: Place;
  readonly name: string;
}

/** One name or a list of them. */
export function requirements(place: Place): Requirement[] {
  const items = isSeq(place.node) ? (itemsOf(place, 'a list of machines') ?? []) : [place];
  return items.flatMap((item) => {
    const name = isNothing(item.node) ? undefined : text(item);
    return name === undefined ? [] : [{ place: item, name }];
  });
}

/**
 * The profile of that name. Null after telling that no file has it, but for when some file could not be read: the profile may be
 * in that one.
 */
export function profileNamed(place: Place, name: string, drafts: Drafts, at = place.range): ProfileDraft | null {
  const { profiles, complete, absent } = drafts;
  const driver = absent.profiles.get(name);
  if (driver !== undefined) {
    tellNotHere(place, `the profile "${name}"`, driver, absent, at);
    return null;
  }
  const known = profiles.get(name);
  if (known || !complete) return known ?? null;
  const names = [...profiles.keys()];
  const few = names.length <= 20 ? names.join(', ') : `one of the ${names.length} profiles`;
  const expected = names.length === 0 ? 'a profile, but no file has any' : few;
  const hint = names.length === 0 ? 'Name the files of the profiles as well, with -f or -c.' : undefined;
  tell(place, `there is no profile "${name}"`, { expected, nearest: nearest(name, names), hint, at });
  return null;
}

/** What one profile says otherwise than another: fields that are the same are left out. */
export function differing(effective: ProfileInput, base: ProfileInput): Overrides {
  const { name, provider, origin, ...fields } = effective;
  const before: Readonly<Record<string, unknown>> = { ...base };
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !isDeepStrictEqual(value, before[key])));
}

/** A profile with the fields of another one in place of its own: SSH settings and options are merged. */
export function overlaid(base: ProfileInput, own: Overrides): ProfileInput {
  const ssh = own.ssh ? { ...base.ssh, ...own.ssh } : base.ssh;
  const options = own.options ? merged(base.options, own.options) : base.options;
  return defined({ ...base, ...own, ssh, options, deploy: own.deploy ?? base.deploy });
}

function merged(
  base: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const both = Object.entries(own).map(([key, value]) => {
    const below = base[key];
    return [key, isRecord(below) && isRecord(value) ? merged(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** The fleet that a map wants, after telling of names given twice, and of needs that are nowhere or lead in a circle. */
export function fleetOf(name: string, wanted: readonly WantedMachine[]): FleetMap {
  const machines = new Map<string, WantedMachine>();
  for (const it of wanted) {
    const first = machines.get(it.name);
    if (first) tellTwice(it, first);
    else machines.set(it.name, it);
  }
  const known = [...machines.values()].map((it) => {
    return { ...it, requires: it.requires.filter((needed) => isThere(needed, machines)) };
  });
  const needs = new Map(known.map((it) => [it.name, it.requires]));
  tellCircles(needs);
  const masters = known.filter(({ master }) => master);
  for (const { name, place } of masters) {
    const message = `"${name}" is made a master: the "master" of the other machines' minions is not filled in by itself`;
    tell(place, message, { level: 'warning', hint: 'Write `minion: {master: …}` in their profiles.' });
  }
  return { name, machines: known.map((it) => machineOf(it, mastersOf(it, masters, needs))) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function machineOf(
  { name, place, profile, overrides, requires }: WantedMachine,
  masters: readonly string[],
): MapMachine {
  const needed = [...new Set([...masters, ...requires.map((it) => it.name)])];
  return defined({
    name,
    profile,
    overrides: Object.keys(overrides).length > 0 ? overrides : undefined,
    requires: needed.length > 0 ? needed : undefined,
    origin: originOf(place),
  }) as MapMachine;
}

/** The masters come first, but for what they need themselves. */
function mastersOf(machine: WantedMachine, masters: readonly WantedMachine[], needs: Needs): string[] {
  if (machine.master) return [];
  return masters.filter(({ name }) => !reached(name, needs).has(machine.name)).map(({ name }) => name);
}

type Needs = ReadonlyMap<string, readonly Requirement[]>;

function reached(from: string, needs: Needs): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const needed of needs.get(name) ?? []) {
      if (found.has(needed.name)) continue;
      found.add(needed.name);
      open.push(needed.name);
    }
  }
  return found;
}

function tellTwice({ name, place }: WantedMachine, first: WantedMachine): void {
  const { file, line } = positionOf(first.place);
  tell(place, `the machine "${name}" is in the map already, at ${file}:${line}`, {
    expected: 'each machine once',
    hint: 'A name means one machine, whatever its profile and provider.',
  });
}

function isThere({ place, name }: Requirement, machines: ReadonlyMap<string, WantedMachine>): boolean {
  if (machines.has(name)) return true;
  const message = `"requires" names "${name}", which is not in the map`;
  tell(place, message, {
    expected: 'a machine of this map',
    nearest: nearest(name, machines.keys()),
    at: valueRange(place),
  });
  return false;
}

/** Tells each circle once, with all its names, where it closes. */
function tellCircles(needs: Needs): void {
  const done = new Set<string>();
  for (const start of needs.keys()) {
    const way: { readonly name: string; readonly left: Requirement[] }[] = [];
    const enter = (name: string) => way.push({ name, left: [...(needs.get(name) ?? [])] });
    if (!done.has(start)) enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const next = top.left.shift();
      const since = next ? way.findIndex(({ name }) => name === next.name) : -1;
      if (next === undefined) {
        done.add(top.name);
        way.pop();
      } else if (since >= 0) {
        const names = [...way.slice(since).map(({ name }) => name), next.name];
        tell(next.place, `"requires" leads in a circle: ${names.join(' → ')}`, {
          expected: 'machines that do not wait for each other',
          at: valueRange(next.place),
        });
      } else if (!done.has(next.name)) enter(next.name);
    }
  }
}
