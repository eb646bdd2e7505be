import { isScalar, isSeq, Scalar } from 'yaml';
import type { Overrides, Problem } from './bundle.ts';
import type { ProfileDraft } from './drafts.ts';
import { includedFiles } from './include.ts';
import { renderJinja } from './jinja.ts';
import { hasJinja } from './jinja-scan.ts';
import { type Loading, readingOf, type TextFile } from './loading.ts';
import { differing, fleetOf, overlaid, profileNamed, requirements, type WantedMachine } from './map-machines.ts';
import { machinesUnder, type Named } from './map-salt-forms.ts';
import { mergeEntries } from './merge.ts';
import { attempt, entriesOf, type Place, root, tell, valueRange } from './place.ts';
import { bool, text } from './readers.ts';
import { profileFrom, providerOf } from './salt-profile.ts';
import { settingsIn } from './salt-template.ts';
import { displayPath, parseSource, readText, wholeFile } from './source.ts';

/** What overrides were called before Salt 2014.1. */
const OLD = {
  map_grains: 'grains',
  map_minion: 'minion',
  map_master: 'master',
  map_volumes: 'volumes',
  map_requires: 'requires',
};

/** Reads a Salt map into `drafts.maps`, when every profile is known: rendered by Jinja, with all that it includes. */
export function readSaltMap(file: TextFile, loading: Loading): void {
  const { problems, drafts } = loading;
  const before = problems.length;
  const wanted = machinesIn(file, loading, [file.path]);
  drafts.maps.push(fleetOf(file.path, wanted));
  const here = problems.splice(before);
  problems.push(...(hasJinja(file.text) ? once(here, new Set(problems.map(spot))) : here));
}

function spot({ file, line, column, level }: Problem): string {
  return JSON.stringify([file, line, column, level]);
}

/** A loop repeats what is wrong in it: each place is told once, and what is wrong in a profile has been `told`. */
function once(problems: readonly Problem[], told: ReadonlySet<string>): Problem[] {
  const places = Map.groupBy(
    problems.filter((problem) => !told.has(spot(problem))),
    spot,
  );
  return [...places.values()].flatMap(([first, ...more]) => {
    if (first === undefined || more.length === 0) return first ?? [];
    return { ...first, message: `${first.message} (and so on, ${more.length + 1} times)` };
  });
}

function machinesIn(file: TextFile, loading: Loading, within: readonly string[]): WantedMachine[] {
  const { problems, options } = loading;
  const rendered = hasJinja(file.text)
    ? renderJinja(file, { cwd: options.cwd, opts: settingsIn(loading.drafts.salt.main) })
    : file;
  if ('problem' in rendered) {
    problems.push(rendered.problem);
    return [];
  }
  const source = parseSource({ ...file, ...rendered }, '1.1', problems);
  if (source === null) return [];
  const machines: WantedMachine[] = [];
  attempt(file.file, problems, () => {
    const top = root(readingOf(source, 'salt', loading), '');
    for (const entry of entriesOf(top, 'a mapping of profiles to the names of machines') ?? []) {
      const isInclude = entry.key === 'include' && (isSeq(entry.node) || isScalar(entry.node));
      machines.push(...(isInclude ? included(entry, loading, within) : underProfile(entry, loading)));
    }
  });
  return machines;
}

function included(place: Place, loading: Loading, within: readonly string[]): WantedMachine[] {
  return includedFiles(place, within).flatMap((path) => {
    const file = displayPath(path, loading.options.cwd);
    const read = readText(path);
    if ('text' in read) return machinesIn({ path, file, text: read.text }, loading, [...within, path]);
    loading.problems.push(wholeFile(file, read.failure));
    return [];
  });
}

function underProfile(entry: Place, loading: Loading): WantedMachine[] {
  const draft = profileNamed(entry, entry.key, loading.drafts);
  const named = machinesUnder(entry);
  return draft === null ? [] : named.map((it) => wantedMachine(it, entry.key, draft, loading));
}

function wantedMachine(
  { name, place, overrides }: Named,
  profile: string,
  draft: ProfileDraft,
  loading: Loading,
): WantedMachine {
  const below = draft.entries ?? [];
  const own = overrides.map(inNewWords).filter((entry) => !isIdentity(entry, name, draft, loading));
  const entries = mergeEntries(below, own);
  const needs = entries.find(({ key }) => key === 'requires');
  const master = entries.find(({ key }) => key === 'make_master');
  return {
    name,
    place,
    profile,
    overrides: own.some(({ key }) => key !== 'requires')
      ? overridesOf({ ...place, key: profile }, own, draft, loading)
      : {},
    requires: needs ? requirements(needs) : [],
    master: master !== undefined && bool(master) === true,
  };
}

/** What the profile would say with the overrides in it, as far as it differs. */
function overridesOf(place: Place, own: readonly Place[], draft: ProfileDraft, { drafts }: Loading): Overrides {
  const { input, entries } = draft;
  if (input === null) return {};
  const below = entries ?? belowOurs(draft.place, own);
  const effective = profileFrom(place, mergeEntries(below, own), { drafts }).input;
  if (effective === null) return {};
  if (entries) return differing(effective, input);
  const { deploy, ...rest } = effective;
  return differing(overlaid(input, own.some(isDeployed) ? effective : rest), input);
}

/** A profile of ours takes overrides field by field: only what Salt's way to read them needs is laid below. */
function belowOurs(profile: Place, own: readonly Place[]): Place[] {
  const needed = (entriesOf(profile) ?? []).filter(({ key }) => key === 'provider' || key === 'image');
  const node = new Scalar(false);
  return own.some(isDeployed) ? needed : [...needed, { ...profile, key: 'deploy', node }];
}

const DEPLOYED = /^(deploy|script|os|inline_script|preflight_cmds|file_map|minion|grains|master)$/;

function isDeployed({ key }: Place): boolean {
  return DEPLOYED.test(key);
}

/** The name and the provider are not to be overridden: what repeats them is left out, anything else an error. */
function isIdentity(entry: Place, name: string, draft: ProfileDraft, { drafts }: Loading): boolean {
  if (entry.key === 'name') {
    if (text(entry) !== name) {
      const advice = { expected: name, hint: 'A machine is called by its key in the map.', at: valueRange(entry) };
      tell(entry, '"name" is a reserved word in a map', advice);
    }
    return true;
  }
  if (entry.key !== 'provider') return false;
  const wanted = providerOf([entry], drafts)?.name;
  const own = draft.provider?.name;
  if (wanted !== undefined && own !== undefined && wanted !== own) {
    const hint = `Make a profile for the provider "${wanted}" that extends this one, and put the machine under it.`;
    tell(entry, `the machine is under a profile of the provider "${own}"`, {
      expected: own,
      hint,
      at: valueRange(entry),
    });
  }
  return true;
}

function inNewWords(entry: Place): Place {
  const key = Object.hasOwn(OLD, entry.key) ? OLD[entry.key as keyof typeof OLD] : undefined;
  if (key === undefined) return entry;
  tell(entry, `"${entry.key}" is an old spelling of "${key}"`, {
    level: 'warning',
    hint: `Write "${key}" in its place.`,
  });
  return { ...entry, key };
}
