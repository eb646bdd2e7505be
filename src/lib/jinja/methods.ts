import { type Builtins, bound, type Runtime } from './builtin.ts';
import { braceFormat } from './format.ts';
import { TEXT_METHODS } from './methods-of-text.ts';
import { whole } from './numbers.ts';
import {
  charactersIn,
  compare,
  Dict,
  equal,
  isTrue,
  itemsOf,
  JinjaError,
  nameOf,
  orElse,
  Range,
  Thing,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.ts';

const listOf = (value: Value): Value[] => (Array.isArray(value) ? value : []);
const dictOf = (value: Value): Dict => (value instanceof Dict ? value : new Dict());

function indexOf(items: readonly Value[], wanted: Value | undefined): number {
  const at = items.findIndex((it) => equal(it, wanted ?? null));
  if (at < 0) throw new JinjaError('this is not in the list');
  return at;
}

const count: Builtins[string] = [
  'item!',
  (_, value, wanted) => {
    return BigInt([...itemsOf(value)].filter((it) => equal(it, wanted ?? null)).length);
  },
];
const index: Builtins[string] = ['item!', (_, value, wanted) => BigInt(indexOf([...itemsOf(value)], wanted))];

/** These change the list, as Python's do, and give nothing. */
const LIST_METHODS: Builtins = {
  append: ['item!', (it, value, item) => changed(it, value, 1, (list) => list.push(item ?? null))],
  extend: [
    'items!',
    (it, value, items) => {
      const more = [...itemsOf(items ?? null)];
      return changed(it, value, more.length, (list) => list.push(...more));
    },
  ],
  insert: [
    'at! item!',
    (it, value, at, item) => changed(it, value, 1, (list) => list.splice(whole(at, 0), 0, item ?? null)),
  ],
  remove: ['item!', (it, value, item) => changed(it, value, 0, (list) => list.splice(indexOf(list, item), 1))],
  reverse: ['', (it, value) => changed(it, value, 0, (list) => list.reverse())],
  clear: ['', (it, value) => changed(it, value, 0, (list) => list.splice(0))],
  sort: [
    'reverse',
    (it, value, reverse) => {
      const turn = isTrue(reverse ?? null) ? -1 : 1;
      return changed(it, value, 0, (list) => list.sort((a, b) => turn * compare(a, b)));
    },
  ],
  pop: [
    'at',
    (_, value, at) => {
      const [item] = listOf(value).splice(whole(at, -1), 1);
      if (item === undefined) throw new JinjaError('there is nothing to take from the list');
      return item;
    },
  ],
  copy: [
    '',
    (it, value) => {
      it.limits.make(listOf(value).length);
      return [...listOf(value)];
    },
  ],
  count,
  index,
};

function changed(it: Runtime, value: Value, more: number, work: (list: Value[]) => unknown): null {
  it.limits.make(more);
  work(listOf(value));
  return null;
}

const DICT_METHODS: Builtins = {
  get: ['key! default', (_, value, key, otherwise) => orElse(dictOf(value).get(key ?? null), () => otherwise ?? null)],
  keys: ['', (_, value) => new View(dictOf(value), 'keys')],
  values: ['', (_, value) => new View(dictOf(value), 'values')],
  items: ['', (_, value) => new View(dictOf(value), 'items')],
  copy: ['', (_, value) => new Dict(dictOf(value).entries())],
  clear: [
    '',
    (_, value) => {
      dictOf(value).clear();
      return null;
    },
  ],
  setdefault: [
    'key! default',
    (it, value, key, otherwise) => {
      const dict = dictOf(value);
      it.limits.make(1);
      if (!dict.has(key ?? null)) dict.set(key ?? null, otherwise ?? null);
      return dict.get(key ?? null) ?? null;
    },
  ],
  pop: [
    'key! default',
    (_, value, key, otherwise) => {
      const found = orElse(dictOf(value).get(key ?? null), () => otherwise);
      if (found === undefined) throw new JinjaError('this key is not in the mapping');
      dictOf(value).delete(key ?? null);
      return found;
    },
  ],
  popitem: [
    '',
    (_, value) => {
      const last = dictOf(value).entries().at(-1);
      if (last === undefined) throw new JinjaError('there is nothing to take from the mapping');
      dictOf(value).delete(last[0]);
      return new Tuple(last);
    },
  ],
};

/** Pairs, of a mapping or a list of them. */
export function pairsOf(value: Value): (readonly [Value, Value])[] {
  if (value instanceof Dict) return value.entries();
  return [...itemsOf(value)].map((pair) => {
    const [key, it, ...more] = itemsOf(pair);
    if (key === undefined || it === undefined || more.length > 0) throw new JinjaError('this needs pairs');
    return [key, it];
  });
}

function methodOf(it: Runtime, value: Value, name: string): Value | undefined {
  const table =
    typeof value === 'string'
      ? TEXT_METHODS
      : Array.isArray(value)
        ? LIST_METHODS
        : value instanceof Dict
          ? DICT_METHODS
          : value instanceof Tuple || value instanceof Range
            ? { count, index }
            : {};
  const what = `the method "${name}"`;
  if (typeof value === 'string' && name === 'format') {
    return new Thing(what, (args) => braceFormat(value, args, it.limits, (of, key) => member(it, of, key)));
  }
  if (value instanceof Dict && name === 'update') return new Thing(what, (args) => update(it, value, args));
  const builtin = Object.hasOwn(table, name) ? (table as Builtins)[name] : undefined;
  if (builtin === undefined) return undefined;
  const [parameters, work] = builtin;
  return new Thing(what, (args) => work(it, value, ...bound(parameters, args, what)));
}

function update(it: Runtime, dict: Dict, { places, names }: Parameters<NonNullable<Thing['call']>>[0]): null {
  const more = [...places.flatMap(pairsOf), ...names];
  it.limits.make(more.length);
  for (const [key, value] of more) dict.set(key, value);
  return null;
}

/** `x.name`: what Python's object has, then what the mapping holds. */
export function attribute(it: Runtime, value: Value, name: string): Value {
  if (value instanceof Undefined) value.refuse();
  const own = ownAttribute(it, value, name);
  const found = orElse(own, () => (value instanceof Dict ? value.get(name) : undefined));
  return orElse(found, () => absent(value, name));
}

/** `x[key]`: what the mapping or list holds, then what Python's object has. */
export function member(it: Runtime, value: Value, key: Value): Value {
  if (value instanceof Undefined) value.refuse();
  if (key instanceof Undefined) key.refuse();
  const held = value instanceof Dict ? value.get(key) : typeof key === 'bigint' ? at(value, Number(key)) : undefined;
  const found = orElse(held, () => (typeof key === 'string' ? ownAttribute(it, value, key) : undefined));
  return orElse(found, () => absent(value, key));
}

function ownAttribute(it: Runtime, value: Value, name: string): Value | undefined {
  if (value instanceof Thing) return value.attribute(name);
  if (value instanceof Range && /^(?:start|stop|step)$/.test(name)) return value[name as 'start' | 'stop' | 'step'];
  if (value instanceof Tuple && value.names.includes(name)) return value.items[value.names.indexOf(name)];
  return methodOf(it, value, name);
}

function absent(value: Value, key: Value): Undefined {
  const shown = typeof key === 'string' || typeof key === 'bigint' ? ` "${key}"` : ' that';
  const has = Array.isArray(value) || value instanceof Tuple ? 'has no item' : 'has no';
  return new Undefined(`${nameOf(value)} ${has}${shown}`);
}

function at(value: Value, index: number): Value | undefined {
  if (value instanceof Range)
    return index < value.size && index >= -value.size ? value.at(index < 0 ? index + value.size : index) : undefined;
  const items = value instanceof Tuple ? value.items : typeof value === 'string' ? charactersIn(value) : value;
  return Array.isArray(items) || typeof items === 'string' ? (items as Value[]).at(index) : undefined;
}

/** `x[start:stop:step]`. */
export function slice(it: Runtime, value: Value, parts: readonly (Value | null)[]): Value {
  if (value instanceof Undefined) value.refuse();
  const items = value instanceof Tuple ? value.items : value instanceof Range ? [...itemsOf(value)] : value;
  const all = typeof items === 'string' ? [...items] : Array.isArray(items) ? items : null;
  if (all === null) throw new JinjaError(`${nameOf(value)} has no parts`);
  const step = whole(parts[2] ?? null, 1);
  if (step === 0) throw new JinjaError('the step is zero');
  const edge = (part: Value | undefined, otherwise: number) => {
    const given = whole(part ?? null, otherwise);
    if (part === null || part === undefined) return given;
    const placed = given < 0 ? given + all.length : given;
    return Math.max(step < 0 ? -1 : 0, Math.min(placed, step < 0 ? all.length - 1 : all.length));
  };
  const from = edge(parts[0], step < 0 ? all.length - 1 : 0);
  const to = edge(parts[1], step < 0 ? -1 : all.length);
  const taken: Value[] = [];
  for (let i = from; step < 0 ? i > to : i < to; i += step) taken.push(all[i] ?? null);
  it.limits.make(taken.length);
  if (typeof items === 'string') return taken.join('');
  return value instanceof Tuple ? new Tuple(taken) : taken;
}
