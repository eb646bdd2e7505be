import { nearest } from '../lib/nearest.ts';
import type { Overrides } from './bundle.ts';
import type { Drafts, ProfileDraft } from './drafts.ts';
import { differing, fleetOf, overlaid, profileNamed, requirements, type WantedMachine } from './map-machines.ts';
import { mergeEntries } from './merge.ts';
import { isProfileKey, ourProfileFrom } from './ours.ts';
import { entriesOf, type Place, tell, unknownKey, valueRange } from './place.ts';
import { text } from './readers.ts';

/** Keys of a machine that are not a profile's. */
const OWN = ['profile', 'requires'];
const USER_DATA = ['user_data', 'user_data_file'];

/** Reads `machines:` of a file of ours into `drafts.maps`, when every profile is known. */
export function readMachines(place: Place, drafts: Drafts): void {
  const entries = entriesOf(place, 'a mapping of machine names') ?? [];
  const wanted = entries.flatMap((entry) => wantedMachine(entry, drafts) ?? []);
  drafts.maps.push(fleetOf(place.reading.source.path, wanted));
}

function wantedMachine(place: Place, drafts: Drafts): WantedMachine | null {
  const entries = entriesOf(place, 'a mapping with profile, requires, and any key of a profile');
  if (entries === null) return null;
  const named = entries.find(({ key }) => key === 'profile');
  if (named === undefined) {
    const misspelt = entries.find(({ key }) => !isProfileKey(key) && nearest(key, OWN) === 'profile');
    if (misspelt) unknownKey(misspelt, OWN);
    else tell(place, `${place.pointer} has no "profile"`, { expected: 'profile: …' });
    return null;
  }
  const profile = text(named);
  const draft = profile === undefined ? null : profileNamed(named, profile, drafts, valueRange(named));
  if (profile === undefined || draft === null) return null;
  const needs = entries.find(({ key }) => key === 'requires');
  const own = entries.filter(({ key }) => !OWN.includes(key));
  return {
    name: place.key,
    place,
    profile,
    overrides: own.length > 0 ? overridesOf(place, own, draft, drafts) : {},
    requires: needs ? requirements(needs) : [],
    master: false,
  };
}

/** What the profile would say with the machine's own keys in it, as far as it differs. */
function overridesOf(place: Place, own: readonly Place[], draft: ProfileDraft, drafts: Drafts): Overrides {
  const provider = own.find(({ key }) => key === 'provider');
  if (provider) {
    tell(provider, 'a machine has the provider of its profile', { hint: 'Make a profile of its own for it.' });
    return {};
  }
  if (draft.input === null) return {};
  const isSalt = draft.entries !== undefined;
  const hasUserData = own.some(({ key }) => USER_DATA.includes(key));
  const below = (draft.entries ?? entriesOf(draft.place) ?? []).filter(({ key }) => {
    return isSalt ? key === 'provider' || key === 'image' : !(hasUserData && USER_DATA.includes(key));
  });
  const { input } = ourProfileFrom({ ...place, key: draft.input.name }, mergeEntries(below, own), drafts);
  if (input === null) return {};
  return differing(isSalt ? overlaid(draft.input, withoutDefaults(input, own)) : input, draft.input);
}

/** Only what was written: an own profile without steps has none, which is not what a machine without the key says. */
function withoutDefaults({ deploy, options, ...rest }: Overrides, own: readonly Place[]): Overrides {
  const has = (wanted: string) => own.some(({ key }) => key === wanted);
  return { ...rest, ...(has('deploy') && deploy && { deploy }), ...(has('options') && options && { options }) };
}
