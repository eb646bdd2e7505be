import { entriesOf, isMapping, type Place } from './place.ts';

/**
 * The entries of one mapping laid over another's, as Salt merges them: mappings within are merged the same way, anything else
 * takes the place of what was there. Each entry keeps the file and position where it was written.
 */
export function mergeEntries(base: readonly Place[], over: readonly Place[]): Place[] {
  const merged = new Map(base.map((entry) => [entry.key, entry]));
  for (const entry of over) {
    const below = merged.get(entry.key);
    merged.set(entry.key, below && isMapping(below) && isMapping(entry) ? mergedPlace(below, entry) : entry);
  }
  return [...merged.values()];
}

function mergedPlace(below: Place, above: Place): Place {
  return { ...above, merged: mergeEntries(entriesOf(below) ?? [], entriesOf(above) ?? []) };
}
