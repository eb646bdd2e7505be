import { join } from 'node:path';
import { isScalar, isSeq } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import { type Drafts, tellTaken } from './drafts.ts';
import type { Format } from './files.ts';
import { mergeEntries } from './merge.ts';
import { childOf, entriesOf, type Place, pathBeside, renamed, tell } from './place.ts';
import { texts } from './readers.ts';
import { MAIN_KEYS, SALT_KEYS, SALTS_OWN, standingOf } from './salt-keys.ts';
import { resolveProfiles } from './salt-profiles.ts';
import { resolveProviders } from './salt-providers.ts';
import { isHonoured, isOldSpelling } from './salt-standing.ts';

/** Notes what a file of Salt's holds, under which names; returns where it includes others. */
export function collectSalt(top: Place, format: Format, drafts: Drafts, saltDir: string): Place[] {
  const { salt } = drafts;
  salt.scripts.add(join(saltDir, 'cloud.deploy.d'));
  if (format === 'salt main') return collectMain(top, drafts);
  const isProviders = format === 'salt providers';
  const entries = entriesOf(top, `a mapping of ${isProviders ? 'provider' : 'profile'} names`) ?? [];
  const includes = entries.filter(isInclude);
  for (const entry of entries) {
    if (includes.includes(entry) || isOldSpelling(entry)) continue;
    if (entry.key === 'default_include') isHonoured(entry, MAIN_KEYS['default_include']);
    else if (isProviders) note(salt.aliases, 'provider', entry);
    else note(salt.profiles, 'profile', entry);
  }
  return includes;
}

/** What all files said together, as providers and profiles. */
export function resolveSalt(drafts: Drafts): void {
  resolveProviders(drafts);
  resolveProfiles(drafts);
}

function note(names: Map<string, Place>, kind: string, place: Place): void {
  const before = names.get(place.key);
  if (before === undefined) names.set(place.key, place);
  else tellTaken(place, kind, before);
}

/** A profile may be called so: then it is a mapping. */
function isInclude({ key, node }: Place): boolean {
  return key === 'include' && (isSeq(node) || isScalar(node));
}

function collectMain(top: Place, { salt }: Drafts): Place[] {
  const entries = entriesOf(top, "a mapping of Salt Cloud's settings") ?? [];
  for (const entry of entries) {
    if (entry.key === 'deploy_scripts_search_path') {
      for (const path of texts(entry) ?? []) salt.scripts.add(pathBeside(entry, path));
    } else if (entry.key === 'providers') {
      for (const alias of entriesOf(entry, 'a mapping of provider names') ?? []) {
        note(salt.aliases, 'provider', renamed(alias, `providers.${alias.key}`));
      }
    }
  }
  salt.main = mergeEntries(salt.main, entries.filter(isDefault));
  return entries.filter(isInclude);
}

/** Whether it holds for every profile, is an sdb profile, or may be a template's. Tells of what Salt does not know. */
function isDefault(entry: Place): boolean {
  const own = standingOf(entry.key, MAIN_KEYS);
  if (own) {
    isHonoured(entry, own);
    return false;
  }
  const standing = standingOf(entry.key);
  if (standing) return isHonoured(entry, standing);
  if (childOf(entry, 'driver')) return true;
  if (isOldSpelling(entry)) return false;
  if (!SALTS_OWN.test(entry.key)) {
    const known = [...Object.keys(MAIN_KEYS), ...Object.keys(SALT_KEYS)];
    tell(entry, `"${entry.key}" is not known, and has no effect`, {
      level: 'warning',
      nearest: nearest(entry.key, known),
    });
  }
  return true;
}
