interface Requiring {
  readonly name: string;
  readonly requires?: readonly string[];
}

/**
 * Everything after what it requires, else as it was written. Answers with the first circle instead (`[a, b, a]`) where there
 * is no such order. A name that is not among them is passed over.
 */
export function inOrder<T extends Requiring>(
  all: readonly T[],
): { readonly order: T[] } | { readonly circle: string[] } {
  const byName = new Map(all.map((one) => [one.name, one]));
  const order: T[] = [];
  const done = new Set<string>();
  const visit = (one: T, path: readonly string[]): string[] | null => {
    if (done.has(one.name)) return null;
    if (path.includes(one.name)) return [...path.slice(path.indexOf(one.name)), one.name];
    for (const name of one.requires ?? []) {
      const required = byName.get(name);
      const circle = required ? visit(required, [...path, one.name]) : null;
      if (circle) return circle;
    }
    done.add(one.name);
    order.push(one);
    return null;
  };
  for (const one of all) {
    const circle = visit(one, []);
    if (circle) return { circle };
  }
  return { order };
}
