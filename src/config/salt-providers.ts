import { isSeq } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import { isAbsent } from './absent.ts';
import type { ProviderInput } from './bundle.ts';
import { addDraft, type Drafts, originOf } from './drafts.ts';
import { type Extending, extended } from './extends.ts';
import { entriesOf, itemsOf, type Place, positionOf, readAfresh, readAt, renamed, tell, valueRange } from './place.ts';
import { anything, text } from './readers.ts';
import { dialectOf } from './salt-dialects.ts';
import { standingInProvider, standingOf } from './salt-keys.ts';
import { isHonoured } from './salt-standing.ts';

/** One driver under an alias. */
interface Entry extends Extending {
  readonly place: Place;
  readonly alias: string;
  /** Null in a template, and where it comes from what is extended. */
  readonly driver: string | null;
}

/** Reads what stands under the aliases: one provider, or several with a driver each, which are then called `alias:driver`. */
export function resolveProviders(drafts: Drafts): void {
  const { aliases, names } = drafts.salt;
  const raw = [...aliases.values()].flatMap((place) => readAt(place, () => entriesOfAlias(place)) ?? []);
  const all = new Map(raw.map((entry) => [entry.name, withParent(entry, raw)]));
  const parents = new Set([...all.values()].flatMap(({ parent }) => parent?.name ?? []));
  const entries = extended(all);
  const providers = [...all.values()].flatMap((entry) => {
    const effective = entries.get(entry.name) ?? null;
    const driver = (effective && driverIn(effective)) ?? entry.driver;
    // Salt's "only extendable": what has no driver and is there for others.
    return effective && driver === null && parents.has(entry.name) ? [] : [{ entry, effective, driver }];
  });
  for (const alias of aliases.keys()) {
    const here = providers.filter(({ entry }) => entry.alias === alias);
    for (const { entry, effective, driver } of here) {
      const name = here.length > 1 && driver !== null ? `${alias}:${driver}` : alias;
      const absent = driver !== null && isAbsent(drafts.absent, driver, dialectOf(driver).driver);
      if (absent) drafts.absent.providers.set(name, driver);
      const read = () => readProvider(entry, name, effective ?? [], driver, drafts);
      const input = effective && !absent ? readAt(entry.place, read) : null;
      // What is wrong with it has been told.
      if (input === null && drafts.providers.has(name)) continue;
      addDraft(drafts.providers, 'provider', { input, place: entry.place }, name);
      if (driver !== null) drafts.salt.drivers.set(name, driver);
      names.set(alias, [...(names.get(alias) ?? []), name]);
    }
  }
}

function entriesOfAlias(place: Place): Entry[] {
  const items = isSeq(place.node) ? itemsOf(place, 'a list of mappings, each with a driver') : [place];
  const drivers = new Map<string, Place>();
  return (items ?? []).flatMap((item, i) => {
    const entry = { place: { ...item, key: place.key }, alias: place.key };
    const written = entriesOf(item, "a mapping with driver and the driver's own settings");
    const name = `${place.key}:#${i}`;
    if (written === null) return [{ ...entry, name, driver: null, own: [], parent: { place: item, name: null } }];
    const own = written.map((it) => (it.key === 'provider' ? modernDriver(it, written) : it));
    const at = own.find(({ key }) => key === 'driver');
    const driver = (at && text(at)) ?? null;
    if (at && driver !== null) {
      const before = drivers.get(driver);
      if (before) {
        const { file, line } = positionOf(before);
        const message = `the driver "${driver}" is there already under "${place.key}", at ${file}:${line}`;
        tell(at, message, { expected: 'each driver once under one name', at: valueRange(at) });
        return [];
      }
      drivers.set(driver, at);
    }
    return [{ ...entry, name: driver === null ? name : `${place.key}:${driver}`, driver, own }];
  });
}

/** `provider: ec2` is how a driver was named before 2015.8. */
function modernDriver(entry: Place, all: readonly Place[]): Place {
  if (all.some(({ key }) => key === 'driver')) return entry;
  const hint = 'Write "driver" in its place.';
  tell(entry, 'the driver is called "driver", not "provider", since Salt 2015.8', { level: 'warning', hint });
  return { ...entry, key: 'driver' };
}

function withParent(entry: Entry, all: readonly Entry[]): Entry {
  const place = entry.own.find(({ key }) => key === 'extends');
  if (!place) return entry;
  const own = entry.own.filter((it) => it !== place);
  return { ...entry, own, parent: { place, name: parentOf(entry, place, all) } };
}

/** The entry that `extends: alias:driver` names, or `extends: alias` where that is plain. Null after telling why not. */
function parentOf(entry: Entry, place: Place, all: readonly Entry[]): string | null {
  const written = text(place);
  if (written === undefined) return null;
  const [alias, driver] = written.split(':', 2);
  const there = all.filter((it) => it.alias === alias);
  const [only, second] = there;
  const same = there.find((it) => it.driver === (driver ?? entry.driver));
  // Where an only entry has no driver of its own, it is what must be meant.
  const found = same ?? (second === undefined && (driver === undefined || only?.driver === null) ? only : undefined);
  const at = valueRange(place);
  if (found === undefined) {
    const message =
      second && !driver ? `"${written}" has several drivers` : `there is no provider "${written}" to extend`;
    const names = namesOf(there.length > 0 ? there : all.filter((it) => it !== entry));
    tell(place, message, {
      expected: names.join(', '),
      nearest: second && !driver ? null : nearest(written, names),
      at,
    });
    return null;
  }
  if (entry.driver === null || found.driver === null || entry.driver === found.driver) return found.name;
  const message = `"${written}" has the driver "${found.driver}", and this one says "${entry.driver}"`;
  tell(place, message, { expected: 'the same driver', at });
  return null;
}

function namesOf(entries: readonly Entry[]): string[] {
  const names = entries.map(({ alias, driver }) => {
    const isOnly = entries.filter((it) => it.alias === alias).length === 1;
    return isOnly || driver === null ? alias : `${alias}:${driver}`;
  });
  return [...new Set(names)];
}

function driverIn(entries: readonly Place[]): string | null {
  const at = entries.find(({ key }) => key === 'driver');
  return (at && text(at)) ?? null;
}

function readProvider(
  { place }: Entry,
  name: string,
  entries: readonly Place[],
  driver: string | null,
  { salt }: Drafts,
): ProviderInput | null {
  readAfresh(entries);
  const pointer = `providers.${name}`;
  renamed(place, pointer);
  const dialect = dialectOf(driver ?? '');
  const settings: [string, unknown][] = [];
  const inherited: Place[] = [];
  for (const entry of entries) {
    const standing = standingInProvider(entry.key, driver) ?? standingOf(entry.key, dialect.keys);
    if (entry.key === 'driver') renamed(entry, `${pointer}.driver`);
    else if (!standing) settings.push([entry.key, anything(renamed(entry, `${pointer}.${entry.key}`))]);
    else if (isHonoured(entry, standing)) inherited.push(entry);
  }
  salt.inherited.set(name, inherited);
  if (driver === null) {
    tell(place, `${pointer} has no "driver"`, { expected: 'driver: …' });
    return null;
  }
  const origin = originOf(place);
  return { name, driver: dialect.driver, settings: Object.fromEntries(settings), from: {}, origin };
}
