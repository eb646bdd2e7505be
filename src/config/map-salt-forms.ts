import { isScalar, isSeq } from 'yaml';
import { entriesOf, isMapping, isNothing, itemsOf, type Place, renamed, tell, valueRange, wrongType } from './place.ts';
import { text } from './readers.ts';

/** A machine as one of the four forms of a Salt map names it. */
export interface Named {
  readonly name: string;
  /** Where its name stands. */
  readonly place: Place;
  /** What it wants otherwise than its profile. */
  readonly overrides: readonly Place[];
}

const FORMS = 'a name, a list of names, or a mapping of names to overrides';

/**
 * The machines under a profile: `a`, `[a, b]`, `[{a: {…}}]` or `{a: {…}}`. Source: Salt's documentation of cloud maps, and
 * `Map.read` of salt/cloud/__init__.py (3006).
 */
export function machinesUnder(profile: Place): Named[] {
  if (isNothing(profile.node) && !profile.merged) return [];
  if (isMapping(profile)) return (entriesOf(profile) ?? []).flatMap(withOverrides);
  if (isSeq(profile.node)) return (itemsOf(profile, FORMS) ?? []).flatMap(fromItem);
  if (isScalar(profile.node)) return plain(profile);
  wrongType(profile, FORMS);
  return [];
}

function fromItem(item: Place): Named[] {
  if (isMapping(item)) return (entriesOf(item) ?? []).flatMap(withOverrides);
  if (isScalar(item.node) && !isNothing(item.node)) return plain(item);
  wrongType(item, 'a name, or a name with its overrides');
  return [];
}

function plain(place: Place): Named[] {
  const name = text(place);
  return name === undefined ? [] : [{ name, place: named(place, name, valueRange(place)), overrides: [] }];
}

/** `a: {…}`, `a:` and Salt's odd `a: True`. */
function withOverrides(entry: Place): Named[] {
  const name = entry.key;
  const place = named(entry, name, entry.range);
  const { node } = entry;
  const hasNone = isNothing(node) || (isScalar(node) && typeof node.value === 'boolean');
  if (hasNone && !entry.merged) return [{ name, place, overrides: [] }];
  if (isMapping(entry)) return [{ name, place, overrides: entriesOf(place) ?? [] }];
  if (name === 'name') {
    const hint = 'A list item is the name alone, or the name with a mapping: `- web-1: {size: big}`.';
    tell(entry, '"name" is a reserved word in a map, and cannot be a machine', { expected: FORMS, hint });
    return [];
  }
  wrongType(place, 'a mapping of overrides');
  return [];
}

function named(place: Place, name: string, range: Place['range']): Place {
  return renamed({ ...place, key: name, range }, `machines.${name}`);
}
