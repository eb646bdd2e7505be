import { type Builtins, givenAgain, type Runtime } from './builtin.ts';
import { member } from './methods.ts';
import { joined } from './methods-of-text.ts';
import { calculate, whole } from './numbers.ts';
import { str } from './print.ts';
import {
  compare,
  Dict,
  equal,
  Iter,
  isTrue,
  itemsOf,
  JinjaError,
  nameOf,
  sizeOf,
  Tuple,
  Undefined,
  type Value,
} from './values.ts';

type Getter = (item: Value) => Value;

/** `name`, `0` or `a.b`: what an item is asked for. */
function getter(it: Runtime, path: Value | undefined, otherwise?: Value): Getter {
  if (path === undefined || path === null) return (item) => item;
  const steps =
    typeof path === 'string' ? path.split('.').map((step) => (/^\d+$/.test(step) ? BigInt(step) : step)) : [path];
  return (item) => {
    const found = steps.reduce<Value>((value, step) => member(it, value, step), item);
    return found instanceof Undefined && otherwise !== undefined && otherwise !== null ? otherwise : found;
  };
}

/** Jinja compares texts without their case unless told otherwise. */
function keyOf(get: Getter, caseSensitive: Value | undefined): Getter {
  if (isTrue(caseSensitive ?? false)) return get;
  return (item) => {
    const value = get(item);
    return typeof value === 'string' ? value.toLowerCase() : value;
  };
}

function allOf(it: Runtime, value: Value): Value[] {
  const items: Value[] = [];
  for (const item of itemsOf(value)) {
    it.limits.step();
    it.limits.make(1);
    items.push(item);
  }
  return items;
}

function sorted(items: readonly Value[], key: Getter, reverse: Value | undefined): Value[] {
  const turn = isTrue(reverse ?? false) ? -1 : 1;
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => turn * compare(a.key, b.key))
    .map(({ item }) => item);
}

function several(it: Runtime, path: Value | undefined, caseSensitive: Value | undefined): Getter {
  const paths = typeof path === 'string' ? path.split(',') : [path];
  const keys = paths.map((each) => keyOf(getter(it, each), caseSensitive));
  const [only] = keys;
  return keys.length === 1 && only ? only : (item) => new Tuple(keys.map((key) => key(item)));
}

function* lazily(it: Runtime, value: Value, work: (item: Value) => Value | undefined): Generator<Value> {
  // Jinja takes what is empty, or nothing, for no items.
  if (!isTrue(value)) return;
  for (const item of itemsOf(value)) {
    it.limits.step();
    const made = work(item);
    if (made !== undefined) yield made;
  }
}

const placesOf = (args: Value | undefined): readonly Value[] => (args instanceof Tuple ? args.items : []);

function mapped(it: Runtime, value: Value, args: Value | undefined, names: Value | undefined): Value {
  const [filter, ...more] = placesOf(args);
  if (filter !== undefined) {
    const given = givenAgain(more, names);
    return new Iter(lazily(it, value, (item) => it.filter(str(filter), item, given)));
  }
  const attribute = names instanceof Dict ? names.get('attribute') : undefined;
  if (attribute === undefined) throw new JinjaError('map needs the name of a filter, or `attribute=`');
  return new Iter(lazily(it, value, getter(it, attribute, names instanceof Dict ? names.get('default') : undefined)));
}

/** `select` and its kin: what passes a test, or is true. */
function chosen(keeps: boolean, withAttribute: boolean): Builtins[string] {
  return [
    '* **',
    (it, value, args, names) => {
      const [path, test, ...more] = withAttribute ? placesOf(args) : [null, ...placesOf(args)];
      if (withAttribute && path === undefined) throw new JinjaError('the name of an attribute is missing');
      const get = getter(it, path);
      const given = givenAgain(more, names);
      const passes = (item: Value) => (test === undefined ? isTrue(item) : it.test(str(test), item, given));
      return new Iter(lazily(it, value, (item) => (passes(get(item)) === keeps ? item : undefined)));
    },
  ];
}

function grouped(
  it: Runtime,
  value: Value,
  path: Value | undefined,
  otherwise: Value | undefined,
  caseSensitive: Value | undefined,
): Value {
  const get = getter(it, path, otherwise);
  const key = keyOf(get, caseSensitive);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(allOf(it, value), key, false)) {
    const last = groups.at(-1);
    if (last && equal(last.key, key(item))) last.items.push(item);
    else groups.push({ key: key(item), items: [item] });
  }
  return groups.map(({ items }) => new Tuple([get(items[0] ?? null), items], ['grouper', 'list']));
}

function batched(items: readonly Value[], size: number, fill: Value | undefined): Value[] {
  if (size < 1) throw new JinjaError('a batch has at least one item');
  const batches: Value[][] = [];
  for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size));
  const last = batches.at(-1);
  if (last && fill !== undefined && fill !== null) last.push(...Array.from({ length: size - last.length }, () => fill));
  return batches;
}

function sliced(items: readonly Value[], slices: number, fill: Value | undefined): Value[] {
  if (slices < 1) throw new JinjaError('there is at least one slice');
  const size = Math.floor(items.length / slices);
  const more = items.length % slices;
  let at = 0;
  return Array.from({ length: slices }, (_, i) => {
    const from = at;
    at += size + (i < more ? 1 : 0);
    const part = items.slice(from, at);
    return fill !== undefined && fill !== null && i >= more && more > 0 ? [...part, fill] : part;
  });
}

function dictSorted(
  it: Runtime,
  value: Value,
  caseSensitive: Value | undefined,
  by: Value,
  reverse: Value | undefined,
): Value {
  if (!(value instanceof Dict)) throw new JinjaError(`${nameOf(value)} is no mapping`);
  if (by !== 'key' && by !== 'value') throw new JinjaError('dictsort sorts by key or by value');
  const key = keyOf(getter(it, by === 'key' ? 0n : 1n), caseSensitive);
  return sorted(
    value.entries().map((entry) => new Tuple(entry)),
    key,
    reverse,
  );
}

function reversed(value: Value): Value {
  if (typeof value === 'string') return [...value].toReversed().join('');
  sizeOf(value);
  return new Iter([...itemsOf(value)].toReversed().values());
}

function end(value: Value, place: 0 | -1): Value {
  if (place === -1) sizeOf(value);
  const items = place === 0 ? itemsOf(value)[Symbol.iterator]().next() : null;
  const found = items === null ? [...itemsOf(value)].at(-1) : items.done ? undefined : items.value;
  return found === undefined ? new Undefined('there is no item: the list is empty') : found;
}

/** Jinja's own filters for lists and mappings, version 3.1. */
export const LIST_FILTERS: Builtins = {
  batch: [
    'linecount! fill_with',
    (it, value, size, fill) => new Iter(batched(allOf(it, value), whole(size, 1), fill).values()),
  ],
  dictsort: [
    'case_sensitive by reverse',
    (it, value, sensitive, by = 'key', reverse) => dictSorted(it, value, sensitive, by, reverse),
  ],
  first: ['', (_, value) => end(value, 0)],
  groupby: [
    'attribute! default case_sensitive',
    (it, value, path, otherwise, sensitive) => grouped(it, value, path, otherwise, sensitive),
  ],
  items: [
    '',
    (_, value) => {
      if (value instanceof Undefined) return new Iter([].values());
      if (!(value instanceof Dict)) throw new JinjaError(`${nameOf(value)} is no mapping`);
      return new Iter(
        value
          .entries()
          .map((entry) => new Tuple(entry))
          .values(),
      );
    },
  ],
  join: [
    'd attribute',
    (it, value, by = '', path) => {
      return joined(it.limits, str(by), allOf(it, value).map(getter(it, path)).map(str));
    },
  ],
  last: ['', (_, value) => end(value, -1)],
  list: ['', (it, value) => allOf(it, value)],
  map: ['* **', (it, value, args, names) => mapped(it, value, args, names)],
  reject: chosen(false, false),
  rejectattr: chosen(false, true),
  reverse: ['', (_, value) => reversed(value)],
  select: chosen(true, false),
  selectattr: chosen(true, true),
  slice: [
    'slices! fill_with',
    (it, value, slices, fill) => new Iter(sliced(allOf(it, value), whole(slices, 1), fill).values()),
  ],
  sort: [
    'reverse case_sensitive attribute',
    (it, value, reverse, sensitive, path) => {
      return sorted(allOf(it, value), several(it, path, sensitive), reverse);
    },
  ],
  sum: [
    'attribute start',
    (it, value, path, start = 0n) => {
      return allOf(it, value)
        .map(getter(it, path))
        .reduce((sum, item) => plus(it, sum, item), start);
    },
  ],
};

function plus(it: Runtime, one: Value, other: Value): Value {
  const sum = calculate('+', one, other);
  if (sum !== null) return sum;
  if (!Array.isArray(one) || !Array.isArray(other))
    throw new JinjaError(`${nameOf(one)} and ${nameOf(other)} have no sum`);
  it.limits.make(one.length + other.length);
  return [...one, ...other];
}
