/** What stands in a template's variables: Python's values. An `int` is a bigint, a `float` a number, a `list` an array. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Value[]
  | Tuple
  | Dict
  | Undefined
  | Iter
  | Range
  | View
  | Thing;

/** A fault of the template; where it stands is added on the way out. */
export class JinjaError extends Error {
  readonly hint: string | undefined;
  place: { readonly template: number; readonly start: number; readonly end: number } | null = null;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  /** What its items can also be asked for by. */
  readonly names: readonly string[];
  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** What is not there: whoever uses it is told its name. */
export class Undefined {
  readonly reason: string;
  /** Passes for an empty text, as an `if` without `else` does. */
  readonly lenient: boolean;
  place: JinjaError['place'] = null;
  constructor(reason: string, lenient = false) {
    this.reason = reason;
    this.lenient = lenient;
  }
  /** For what a lenient one may stand for. */
  needed(): void {
    if (!this.lenient) this.refuse();
  }
  refuse(): never {
    const error = new JinjaError(this.reason);
    error.place = this.place;
    throw error;
  }
}

/** A mapping in the order in which it was written. */
export class Dict {
  readonly #entries = new Map<string, readonly [Value, Value]>();
  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(hash(key))?.[1];
  }
  has(key: Value): boolean {
    return this.#entries.has(hash(key));
  }
  set(key: Value, value: Value): void {
    const at = hash(key);
    this.#entries.set(at, [this.#entries.get(at)?.[0] ?? key, value]);
  }
  delete(key: Value): void {
    this.#entries.delete(hash(key));
  }
  clear(): void {
    this.#entries.clear();
  }
  entries(): (readonly [Value, Value])[] {
    return [...this.#entries.values()];
  }
  keys(): Value[] {
    return this.entries().map(([key]) => key);
  }
  values(): Value[] {
    return this.entries().map(([, value]) => value);
  }
}

/** What gives its items once: `x|map(…)`. */
export class Iter {
  readonly items: Iterator<Value>;
  constructor(items: Iterator<Value>) {
    this.items = items;
  }
}

export class Range {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
  constructor(start: bigint, stop: bigint, step: bigint) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
  get size(): number {
    const span = this.step > 0n ? this.stop - this.start : this.start - this.stop;
    const step = this.step > 0n ? this.step : -this.step;
    return span <= 0n ? 0 : Number((span + step - 1n) / step);
  }
  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }
}

/** `x.keys()` and the like: shows what the mapping has by then. A `set` is the keys of a mapping of its own. */
export class View {
  readonly of: Dict;
  readonly kind: 'keys' | 'values' | 'items' | 'set';
  constructor(of: Dict, kind: View['kind']) {
    this.of = of;
    this.kind = kind;
  }
  items(): Value[] {
    if (this.kind === 'items') return this.of.entries().map((entry) => new Tuple(entry));
    return this.kind === 'values' ? this.of.values() : this.of.keys();
  }
}

/** Arguments as they are given: by place, and by name. */
export interface Arguments {
  readonly places: readonly Value[];
  readonly names: ReadonlyMap<string, Value>;
}

/** Something with attributes or to be called: a function, a macro, `loop`, a namespace. */
export class Thing {
  /** What it is, to people. */
  readonly what: string;
  readonly call: ((args: Arguments) => Value) | null;
  readonly attributes: Map<string, Value | (() => Value)>;
  constructor(what: string, call: Thing['call'], attributes: Iterable<readonly [string, Value | (() => Value)]> = []) {
    this.what = what;
    this.call = call;
    this.attributes = new Map(attributes);
  }
  attribute(name: string): Value | undefined {
    const found = this.attributes.get(name);
    return typeof found === 'function' ? found() : found;
  }
}

/** `None` is a value like any other: what is undefined was not there. */
export function orElse<T>(found: Value | undefined, otherwise: () => T): Value | T {
  return found === undefined ? otherwise() : found;
}

/** Two values that are equal in Python are the same key: `1`, `1.0` and `True`. */
export function hash(value: Value): string {
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'boolean') return `n${Number(value)}`;
  if (typeof value === 'bigint' || typeof value === 'number') return `n${value}`;
  if (value === null) return 'none';
  if (value instanceof Undefined) value.refuse();
  if (value instanceof Tuple) return JSON.stringify(['t', ...value.items.map(hash)]);
  throw new JinjaError(`${nameOf(value)} cannot be a key`);
}

export function nameOf(value: Value): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Thing) return value.what;
  if (typeof value === 'object') {
    const known = [
      [Tuple, 'a tuple'],
      [Dict, 'a mapping'],
      [Iter, 'what a filter gives item by item'],
      [Range, 'a range'],
      [View, 'a view of a mapping'],
      [Undefined, 'nothing'],
    ] as const;
    return known.find(([type]) => value instanceof type)?.[1] ?? 'a value';
  }
  return { boolean: 'true or false', bigint: 'a number', number: 'a number', string: 'text' }[typeof value as 'string'];
}

export function isTrue(value: Value): boolean {
  if (value instanceof Undefined) value.needed();
  if (value instanceof Undefined) return false;
  if (value instanceof Iter || value instanceof Thing) return true;
  if (typeof value === 'object' && value !== null) return sizeOf(value) > 0;
  return Boolean(value);
}

/** The items of what can be gone through; null for what cannot. */
export function itemsIn(value: Value): Iterable<Value> | null {
  if (value instanceof Undefined) value.needed();
  if (value instanceof Undefined) return [];
  if (Array.isArray(value)) return arrayItems(value);
  if (typeof value === 'string') return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Dict) return value.keys();
  if (value instanceof View) return value.items();
  if (value instanceof Iter) return { [Symbol.iterator]: () => value.items };
  if (value instanceof Range) return rangeItems(value);
  return null;
}

export function itemsOf(value: Value): Iterable<Value> {
  const items = itemsIn(value);
  if (items === null) throw new JinjaError(`${nameOf(value)} has no items to go through`);
  return items;
}

export function sizeOf(value: Value): number {
  if (value instanceof Undefined) value.needed();
  if (value instanceof Undefined) return 0;
  if (typeof value === 'string') return charactersIn(value).length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict || value instanceof Range) return value.size;
  if (value instanceof View) return value.of.size;
  throw new JinjaError(`${nameOf(value)} has no length`);
}

/** A text as Python counts it. */
export function charactersIn(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

export function equal(one: Value, other: Value): boolean {
  for (const it of [one, other]) if (it instanceof Undefined) it.needed();
  if (one instanceof Undefined) return other instanceof Undefined;
  if (isNumber(one) && isNumber(other))
    return order(asNumber(one), asNumber(other)) === 0 && !Number.isNaN(Number(one));
  if (Array.isArray(one)) return Array.isArray(other) && sameItems(one, other);
  if (one instanceof Tuple) return other instanceof Tuple && sameItems(one.items, other.items);
  if (one instanceof Range) return other instanceof Range && sameItems([...rangeItems(one)], [...rangeItems(other)]);
  if (one instanceof Dict) {
    if (!(other instanceof Dict) || one.size !== other.size) return false;
    return one.entries().every(([key, value]) => {
      const found = other.get(key);
      return found !== undefined && equal(value, found);
    });
  }
  return one === other;
}

function sameItems(one: readonly Value[], other: readonly Value[]): boolean {
  return one.length === other.length && one.every((item, i) => equal(item, other[i] ?? null));
}

function* rangeItems(range: Range): Generator<Value> {
  for (let i = 0; i < range.size; i += 1) yield range.at(i);
}

/** A list that grows while it is gone through is gone through to its end. */
function* arrayItems(list: Value[]): Generator<Value> {
  for (let i = 0; i < list.length; i += 1) yield list[i] ?? null;
}

/** Python's `bool` is a number as well. */
export function isNumber(value: Value): value is boolean | bigint | number {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
}

export function asNumber(value: boolean | bigint | number): bigint | number {
  return typeof value === 'boolean' ? BigInt(value) : value;
}

/** Below zero when `one` comes first. */
export function compare(one: Value, other: Value): number {
  if (one instanceof Undefined) one.refuse();
  if (other instanceof Undefined) other.refuse();
  if (isNumber(one) && isNumber(other)) return order(asNumber(one), asNumber(other));
  if (typeof one === 'string' && typeof other === 'string') return order(one, other);
  const lists = [one, other].map((it) => (it instanceof Tuple ? it.items : it));
  const [a, b] = lists;
  if (Array.isArray(a) && Array.isArray(b) && Array.isArray(one) === Array.isArray(other)) {
    const at = a.findIndex((item, i) => i >= b.length || !equal(item, b[i]));
    return at < 0 ? a.length - b.length : at >= b.length ? 1 : compare(a[at], b[at]);
  }
  throw new JinjaError(`${nameOf(one)} and ${nameOf(other)} are in no order`);
}

function order<T extends string | number | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
