import { mergeEntries } from './merge.ts';
import { type Place, positionOf, tell } from './place.ts';

/** Something that may extend another one of its kind. */
export interface Extending {
  readonly name: string;
  /** Without `extends` itself. */
  readonly own: readonly Place[];
  /** Where it names another one, and which that is: null when that could not be found, which has been told. */
  readonly parent?: { readonly place: Place; readonly name: string | null } | undefined;
}

/**
 * The entries of each with those of its parents below them, in whatever order they are written. Null for what has a parent
 * that is not there, or is its own parent: a circle is told once, with all names.
 */
export function extended(all: ReadonlyMap<string, Extending>): Map<string, readonly Place[] | null> {
  const found = new Map<string, readonly Place[] | null>();
  const visit = (it: Extending, way: readonly Extending[]): readonly Place[] | null => {
    const known = found.get(it.name);
    if (known !== undefined) return known;
    const since = way.indexOf(it);
    if (since >= 0) {
      tellCircle(way.slice(since));
      for (const one of way.slice(since)) found.set(one.name, null);
      return null;
    }
    const parent = it.parent?.name ? all.get(it.parent.name) : undefined;
    const below = parent ? visit(parent, [...way, it]) : it.parent ? null : [];
    const entries = below && mergeEntries(below, it.own);
    found.set(it.name, entries);
    return entries;
  };
  for (const it of all.values()) visit(it, []);
  return found;
}

function tellCircle(circle: readonly Extending[]): void {
  const [first] = circle;
  if (!first?.parent) return;
  const names = [...circle, first].map(({ name }) => name);
  const others = circle.slice(1).flatMap(({ parent }) => parent ?? []);
  const where = others.map(({ place }) => `${positionOf(place).file}:${positionOf(place).line}`);
  tell(first.parent.place, `"extends" leads in a circle: ${names.join(' → ')}`, {
    expected: 'each to extend one that does not extend it',
    ...(where.length > 0 && { hint: `The others are at ${where.join(', ')}.` }),
  });
}
