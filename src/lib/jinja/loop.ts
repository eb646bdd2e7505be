import { assign } from './assign.ts';
import { evaluate } from './evaluate.ts';
import type { Execution, Signal } from './execute.ts';
import { Output, type Scope } from './scope.ts';
import type { Statement } from './syntax.ts';
import { Dict, equal, isTrue, itemsOf, JinjaError, Thing, Tuple, Undefined, type Value, View } from './values.ts';

type For = Extract<Statement, { kind: 'for' }>;

/** `{% for %}`, with its filter, `else`, `loop` and what `recursive` gives. */
export function runLoop(it: Execution, scope: Scope, node: For, output: Output, more?: Value, depth = 1): Signal {
  const value = more ?? evaluate(it, scope, node.items);
  const items = selected(it, scope, node, value);
  const sizeBefore = sizeNow(value);
  const state = { items, index: 0, depth };
  const loop = loopThing(state, (inner) => {
    if (!node.recursive) throw new JinjaError('`loop` is called in a loop that is not recursive');
    const text = new Output();
    it.limits.within(() => runLoop(it, scope, node, text, inner, depth + 1));
    return text.text;
  });
  for (const item of items) {
    it.limits.step();
    const inner = scope.inner();
    inner.set('loop', loop);
    assign(inner, node.target, item);
    if (it.run(inner, node.body, output) === 'break') break;
    if (sizeNow(value) !== sizeBefore) {
      throw new JinjaError('what the loop goes through changes within it', 'Go through a copy: `x|list`.');
    }
    state.index += 1;
  }
  return items.length === 0 ? it.run(scope, node.otherwise, output) : null;
}

function selected(it: Execution, scope: Scope, { target, condition }: For, value: Value): Value[] {
  const items: Value[] = [];
  for (const item of itemsOf(value)) {
    it.limits.step();
    it.limits.make(1);
    if (condition) {
      const inner = scope.inner();
      assign(inner, target, item);
      if (!isTrue(evaluate(it, inner, condition))) continue;
    }
    items.push(item);
  }
  return items;
}

function sizeNow(value: Value): number {
  if (Array.isArray(value)) return value.length;
  return value instanceof Dict ? value.size : value instanceof View ? value.of.size : 0;
}

interface State {
  readonly items: readonly Value[];
  index: number;
  readonly depth: number;
}

function loopThing(state: State, recurse: (items: Value) => Value): Thing {
  const { items, depth } = state;
  let last: Value | undefined;
  const number = (count: () => number) => () => BigInt(count());
  const neighbour = (by: number, word: string) => () =>
    items[state.index + by] ??
    (items.length > state.index + by && state.index + by >= 0 ? null : new Undefined(`there is no ${word} item`));
  return new Thing('the loop', ({ places: [inner = null] }) => recurse(inner), [
    ['index', number(() => state.index + 1)],
    ['index0', number(() => state.index)],
    ['revindex', number(() => items.length - state.index)],
    ['revindex0', number(() => items.length - state.index - 1)],
    ['length', BigInt(items.length)],
    ['first', () => state.index === 0],
    ['last', () => state.index === items.length - 1],
    ['depth', BigInt(depth)],
    ['depth0', BigInt(depth - 1)],
    ['previtem', neighbour(-1, 'previous')],
    ['nextitem', neighbour(1, 'next')],
    [
      'cycle',
      new Thing('loop.cycle', ({ places }) => {
        if (places.length === 0) throw new JinjaError('there is nothing to cycle through');
        return places[state.index % places.length] ?? null;
      }),
    ],
    [
      'changed',
      new Thing('loop.changed', ({ places }) => {
        const now = new Tuple(places);
        const changed = last === undefined || !equal(last, now);
        last = now;
        return changed;
      }),
    ],
  ]);
}
