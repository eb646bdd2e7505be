import type { Scope } from './scope.ts';
import type { Target } from './syntax.ts';
import { itemsOf, JinjaError, Thing, type Value } from './values.ts';

/** Gives names to a value, or to each part of it. */
export function assign(scope: Scope, target: Target, value: Value): null {
  if (target.kind === 'name') scope.set(target.name, value);
  else if (target.kind === 'field') {
    const space = scope.get(target.of);
    if (!(space instanceof Thing) || space.what !== 'a namespace') {
      throw new JinjaError(
        'only a namespace takes attributes',
        `Set it up first: \`{% set ${target.of} = namespace() %}\`.`,
      );
    }
    space.attributes.set(target.name, value);
  } else {
    const parts = [...itemsOf(value)];
    if (parts.length !== target.targets.length) {
      throw new JinjaError(`${parts.length} values cannot be given to ${target.targets.length} names`);
    }
    target.targets.forEach((each, i) => {
      assign(scope, each, parts[i] ?? null);
    });
  }
  return null;
}
