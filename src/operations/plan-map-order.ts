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
  for (const first of all) {
    // Kept by hand: requirements may be as deep as a map is long.
    const path: { readonly one: T; next: number }[] = [];
    const depths = new Map<string, number>();
    const enter = (one: T) => {
      depths.set(one.name, path.length);
      path.push({ one, next: 0 });
    };
    if (!done.has(first.name)) enter(first);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const name = top.one.requires?.[top.next];
      top.next += 1;
      if (name === undefined) {
        path.pop();
        depths.delete(top.one.name);
        done.add(top.one.name);
        order.push(top.one);
        continue;
      }
      const required = done.has(name) ? undefined : byName.get(name);
      const depth = depths.get(name);
      if (required && depth !== undefined) return { circle: [...path.slice(depth).map(({ one }) => one.name), name] };
      if (required) enter(required);
    }
  }
  return { order };
}
