import { nearest } from '../lib/nearest.ts';
import { addDraft, type Drafts, type ProfileDraft } from './drafts.ts';
import { type Extending, extended } from './extends.ts';
import { mergeEntries } from './merge.ts';
import { entriesOf, type Place, readAt, tell, valueRange } from './place.ts';
import { text } from './readers.ts';
import { standingOf } from './salt-keys.ts';
import { profileFrom, providerOf } from './salt-profile.ts';
import { isOff } from './salt-standing.ts';

/** Reads the profiles, each with what it extends, its provider's profile keys and the main file's below it. */
export function resolveProfiles(drafts: Drafts): void {
  const { profiles } = drafts.salt;
  const all = new Map(
    [...profiles].map(([name, place]) => {
      const broken = { name, own: [], parent: { place, name: null } };
      return [name, readAt(place, () => extendingOf(place, profiles)) ?? broken];
    }),
  );
  const parents = new Set([...all.values()].flatMap(({ parent }) => parent?.name ?? []));
  const entries = extended(all);
  for (const [name, place] of profiles) {
    const chain = entries.get(name) ?? null;
    const draft = chain && readAt(place, () => draftOf(place, chain, drafts, parents.has(name)));
    addDraft(drafts.profiles, 'profile', draft ?? { input: null, place });
  }
}

function extendingOf(place: Place, profiles: ReadonlyMap<string, Place>): Extending {
  const own = entriesOf(place, 'a mapping with provider, image and what the driver takes');
  const name = place.key;
  if (own === null) return { name, own: [], parent: { place, name: null } };
  const at = own.find(({ key }) => key === 'extends');
  if (!at) return { name, own };
  const written = text(at) ?? null;
  const found = written !== null && profiles.has(written) ? written : null;
  if (written !== null && found === null) {
    const names = [...profiles.keys()].filter((it) => it !== name);
    const advice = { expected: names.join(', '), nearest: nearest(written, names), at: valueRange(at) };
    tell(at, `there is no profile "${written}" to extend`, advice);
  }
  return { name, own: own.filter((it) => it !== at), parent: { place: at, name: found } };
}

/** In Salt's order: what the profile says wins over its provider, that over the main file. */
function draftOf(place: Place, chain: readonly Place[], drafts: Drafts, isParent: boolean): ProfileDraft {
  const { salt } = drafts;
  const provider = providerOf(chain, drafts)?.name ?? '';
  const absent = drafts.absent.providers.get(provider);
  if (absent !== undefined) {
    drafts.absent.profiles.set(place.key, absent);
    return { input: null, place, entries: chain };
  }
  const main = salt.main.filter(({ key }) => standingOf(key) !== undefined);
  const entries = mergeEntries(mergeEntries(main, salt.inherited.get(provider) ?? []), chain);
  const isTemplate = isParent && !['provider', 'image'].every((it) => entries.some(({ key }) => key === it));
  // What others extend need not be whole.
  if (isTemplate) return { input: null, place, entries };
  const read = profileFrom(place, entries, { drafts });
  if (read.input !== null && drafts.providers.has(read.input.provider) && wantsMinion(entries)) {
    tell(
      place,
      `nothing installs a minion on machines of "${place.key}": the script that Salt would run is not run yet`,
      {
        level: 'warning',
        hint: 'Name a script of your own with `script`, or write `deploy: False`.',
      },
    );
  }
  return { ...read, place, entries };
}

/** Salt runs a script of its own where none is named, unless told not to. */
function wantsMinion(entries: readonly Place[]): boolean {
  const off = (key: string) => entries.some((entry) => entry.key === key && isOff(entry));
  return !off('deploy') && !off('make_minion') && !entries.some(({ key }) => key === 'script' || key === 'os');
}
