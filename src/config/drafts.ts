import { nearest } from '../lib/nearest.ts';
import { type Absent, noneAbsent, tellNotHere } from './absent.ts';
import type { FleetMap, ProfileInput, ProviderInput } from './bundle.ts';
import { childOf, type Place, positionOf, tell, valueRange } from './place.ts';

/** What the files said so far, with where, so that the whole can be checked once all are read. */
export interface Drafts {
  readonly providers: Map<string, Draft<ProviderInput>>;
  readonly profiles: Map<string, ProfileDraft>;
  /** Profiles of our files, read once every provider is known. */
  readonly ours: Place[];
  readonly maps: FleetMap[];
  /** `machines:` of files of ours, read once every profile is known. */
  readonly machines: Place[];
  readonly salt: SaltDrafts;
  readonly absent: Absent;
  /** False when a file could not be read: it may hold the very name that seems to be unknown. */
  complete: boolean;
}

export interface Draft<Input> {
  /** Null when it is too wrong to be used; its name is taken all the same. */
  readonly input: Input | null;
  readonly place: Place;
}

export interface ProfileDraft extends Draft<ProfileInput> {
  /** Where a profile names its provider. */
  readonly provider?: ProviderReference | undefined;
  /** Salt's: all that holds for it, parents, provider and main file included. Absent for ours: its own place has all. */
  readonly entries?: readonly Place[];
}

export interface ProviderReference {
  readonly place: Place;
  readonly name: string;
}

/** Salt's files as they were found. They refer to each other in any order: what they mean is told at the end. */
export interface SaltDrafts {
  /** Entries of the main file and of `cloud.conf.d`, later ones over earlier ones. */
  main: readonly Place[];
  readonly aliases: Map<string, Place>;
  readonly profiles: Map<string, Place>;
  /** Provider name → profile keys written in it, that its profiles inherit. */
  readonly inherited: Map<string, readonly Place[]>;
  /** Alias → names of its providers here: one, or `alias:driver` each. */
  readonly names: Map<string, readonly string[]>;
  /** Provider name → its driver in Salt's words. */
  readonly drivers: Map<string, string>;
  /** Directories that hold deploy scripts. */
  readonly scripts: Set<string>;
}

/** `here` are the drivers that are here; null where that is not known. */
export function newDrafts(here: readonly string[] | null): Drafts {
  const salt: SaltDrafts = {
    main: [],
    aliases: new Map(),
    profiles: new Map(),
    inherited: new Map(),
    names: new Map(),
    drivers: new Map(),
    scripts: new Set(),
  };
  const absent = noneAbsent(here);
  return { providers: new Map(), profiles: new Map(), ours: [], maps: [], machines: [], salt, absent, complete: true };
}

/** Takes a provider or profile in, or tells where its name is taken already. */
export function addDraft<D extends { readonly place: Place }>(
  drafts: Map<string, D>,
  kind: string,
  draft: D,
  name = draft.place.key,
): void {
  const before = drafts.get(name);
  if (before === undefined) drafts.set(name, draft);
  else tellTaken(draft.place, kind, before.place);
}

export function tellTaken(place: Place, kind: string, before: Place): void {
  const { file, line, column } = positionOf(before);
  tell(place, `there is a ${kind} "${place.key}" already, at ${file}:${line}:${column}`, {
    expected: 'each name once',
  });
}

/** `file:line`, with the whole path: it is read from anywhere. */
export function originOf(place: Place): string {
  return `${place.reading.source.path}:${positionOf(place).line}`;
}

/** Tells of drivers that nobody has, and of profiles whose provider is in no file. */
export function checkReferences({ providers, profiles, absent }: Drafts): void {
  const names = [...providers.keys()];
  for (const { input, place } of providers.values()) {
    if (input === null || absent.here === null || absent.here.includes(input.driver)) continue;
    const at = childOf(place, 'driver') ?? place;
    const advice = { expected: absent.here.join(', '), nearest: nearest(input.driver, absent.here) };
    tell(at, `there is no driver "${input.driver}"`, { ...advice, at: valueRange(at) });
  }
  for (const { provider } of profiles.values()) {
    if (provider === undefined) continue;
    const { place, name } = provider;
    const driver = absent.providers.get(name);
    if (driver !== undefined) tellNotHere(place, `the provider "${name}"`, driver, absent);
    if (providers.has(name)) continue;
    const expected = names.length > 0 ? names.join(', ') : 'a provider, but no file has any';
    tell(place, `there is no provider "${name}"`, { expected, nearest: nearest(name, names), at: valueRange(place) });
  }
}
