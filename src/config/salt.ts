import { isScalar, isSeq } from 'yaml';
import type { ProviderInput } from './bundle.ts';
import { addDraft, type Drafts, originOf } from './drafts.ts';
import { entriesOf, type Place, tell } from './place.ts';
import { anything, readEntries, text } from './readers.ts';
import { REFUSED, warningInProvider } from './salt-keys.ts';
import { isProfileField, readSaltProfile } from './salt-profile.ts';

/** Reads a `cloud.providers` file: a mapping of aliases. */
export function readSaltProviders(top: Place, drafts: Drafts): void {
  for (const entry of aliases(top, 'a mapping of provider names')) {
    const input = isSeq(entry.node) ? severalDrivers(entry) : readProvider(entry, drafts);
    addDraft(drafts.providers, 'provider', { input, place: entry });
  }
}

/** Reads a `cloud.profiles` file. Providers must have been read before: their profile keys are inherited. */
export function readSaltProfiles(top: Place, drafts: Drafts, saltDir: string): void {
  for (const entry of aliases(top, 'a mapping of profile names')) {
    addDraft(drafts.profiles, 'profile', readSaltProfile(entry, drafts, saltDir));
  }
}

function aliases(top: Place, expected: string): Place[] {
  return (entriesOf(top, expected) ?? []).filter((entry) => {
    if (entry.key !== 'include' || !(isSeq(entry.node) || isScalar(entry.node))) return true;
    tell(entry, '"include" is not supported yet', { hint: 'Put the files into the .d directory beside.' });
    return false;
  });
}

function severalDrivers(place: Place): null {
  tell(place, 'several drivers under one name are not supported yet', {
    expected: 'one mapping with a driver',
    hint: 'Give each driver a name of its own, and name that one in the profiles.',
  });
  return null;
}

function readProvider(place: Place, drafts: Drafts): ProviderInput | null {
  const entries = entriesOf(place, "a mapping with driver and the driver's own settings");
  if (entries === null) return null;
  const settings: [string, unknown][] = [];
  const inherited: Place[] = [];
  const oldDriver = entries.some(({ key }) => key === 'driver') ? null : entries.find(({ key }) => key === 'provider');
  const others = (entry: Place) => {
    if (entry === oldDriver) return;
    const warning = warningInProvider(entry.key);
    if (entry.key === 'extends') tell(entry, '"extends" is not supported yet', { hint: REFUSED['extends'] });
    else if (warning !== null) tell(entry, `"${entry.key}" has no effect: ${warning}`, { level: 'warning' });
    else if (isProfileField(entry.key)) inherited.push(entry);
    else settings.push([entry.key, settingOf(entry)]);
  };
  const it = readEntries(place, entries, { driver: text }, { required: oldDriver ? [] : ['driver'], others });
  if (oldDriver) {
    const hint = 'Write "driver" in its place.';
    tell(oldDriver, 'the driver is called "driver", not "provider", since Salt 2015.8', { level: 'warning', hint });
  }
  drafts.inherited.set(place.key, inherited);
  const driver = oldDriver ? text(oldDriver) : it.driver;
  if (driver === undefined) return null;
  return { name: place.key, driver, settings: Object.fromEntries(settings), from: {}, origin: originOf(place) };
}

function settingOf(place: Place): unknown {
  const value = anything(place);
  if (typeof value === 'string' && value.startsWith('sdb://')) {
    tell(place, 'values from sdb:// are not supported yet', {
      hint: 'A file of ours can name an environment variable instead.',
    });
  }
  return value;
}
