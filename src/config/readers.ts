import { isScalar, isSeq } from 'yaml';
import { parseDuration } from '../lib/duration.ts';
import { nearest } from '../lib/nearest.ts';
import { interpolate } from './env-references.ts';
import {
  entriesOf,
  isMapping,
  isNothing,
  itemsOf,
  nameOf,
  type Place,
  tell,
  unknownKey,
  valueRange,
  wrongType,
} from './place.ts';
import { type Reader, verbatim } from './scalar.ts';
import { sdbValue } from './sdb.ts';

/** Text, with references resolved. A number or a date counts as it is written: `image: 22.04`. */
export const text: Reader<string> = (place) => {
  const written = verbatim(place);
  if (written === undefined) return undefined;
  return place.reading.sdb && written.startsWith('sdb://') ? sdbValue(place, written) : interpolate(place, written);
};

/** Text, or several in a list; always a list. */
export const texts: Reader<string[]> = (place) => {
  if (!isSeq(place.node)) {
    const one = text(place);
    return one === undefined ? undefined : [one];
  }
  return list(text)(place);
};

export const bool: Reader<boolean> = (place) => {
  if (isScalar(place.node) && typeof place.node.value === 'boolean') return place.node.value;
  return void wrongType(place, 'true or false');
};

export function integer(lowest: number, highest = Number.MAX_SAFE_INTEGER): Reader<number> {
  const limit = highest === Number.MAX_SAFE_INTEGER ? `from ${lowest}` : `from ${lowest} to ${highest}`;
  const expected = `a whole number ${limit}`;
  return (place) => {
    if (!isScalar(place.node) || isNothing(place.node)) return void wrongType(place, expected);
    const written = text(place);
    if (written === undefined) return undefined;
    if (!/^\d+$/.test(written)) return void wrongType(place, expected);
    const value = Number(written);
    if (value >= lowest && value <= highest) return value;
    return void tell(place, `${nameOf(place)} is out of range`, { expected, at: valueRange(place) });
  };
}

/** Milliseconds. */
export const duration: Reader<number> = (place) => {
  const written = text(place);
  if (written === undefined) return undefined;
  const value = parseDuration(written);
  if (value !== null && value > 0) return value;
  const expected = 'a duration above zero, like 90s, 5m or 1h30m (a bare number is seconds)';
  return void tell(place, `${nameOf(place)} is not a duration`, { expected, at: valueRange(place) });
};

export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (place) => {
    const written = text(place);
    if (written === undefined) return undefined;
    const word = words.find((it) => it === written);
    if (word !== undefined) return word;
    const advice = { expected: words.join(', '), nearest: nearest(written, words), at: valueRange(place) };
    return void tell(place, `${nameOf(place)} cannot be "${written}"`, advice);
  };
}

export function list<T>(item: Reader<T>, expected = 'a list'): Reader<T[]> {
  return (place) => itemsOf(place, expected)?.flatMap((it) => item(it) ?? []);
}

/** A mapping of names to texts. */
export const textMap: Reader<Record<string, string>> = (place) => {
  const entries = entriesOf(place, 'a mapping of names to texts');
  if (entries === null) return undefined;
  return Object.fromEntries(entries.flatMap((entry) => pairOf(entry, text(entry))));
};

/** A mapping as plain data: what only a driver can check. */
export const plainData: Reader<Record<string, unknown>> = (place) => {
  const entries = entriesOf(place);
  return entries === null ? undefined : Object.fromEntries(entries.flatMap((entry) => pairOf(entry, anything(entry))));
};

/** Whatever stands there as plain data. */
export const anything: Reader<unknown> = (place) => {
  const { node } = place;
  if (isMapping(place)) return plainData(place);
  if (isSeq(node)) return itemsOf(place, 'a list')?.map(anything);
  if (!isScalar(node) || node.value === null) return null;
  const isData = typeof node.value === 'boolean' || typeof node.value === 'number';
  return isData ? node.value : text(place);
};

type Fields = Readonly<Record<string, Reader<unknown>>>;
export type Output<F extends Fields> = { [K in keyof F]?: F[K] extends Reader<infer T> ? T : never };

interface ObjectRules<F extends Fields> {
  readonly required?: readonly (keyof F & string)[];
  /** Takes the keys that are not among the fields; without it they are errors. */
  readonly others?: (place: Place) => void;
  readonly expected?: string;
}

/** A mapping with known keys. What is wrong in it is told and left out; undefined only when it is no mapping. */
export function object<F extends Fields>(fields: F, rules: ObjectRules<F> = {}): Reader<Output<F>> {
  return (place) => {
    const entries = entriesOf(place, rules.expected ?? `a mapping with ${Object.keys(fields).join(', ')}`);
    return entries === null ? undefined : readEntries(place, entries, fields, rules);
  };
}

/** The same on entries at hand. */
export function readEntries<F extends Fields>(
  place: Place,
  entries: readonly Place[],
  fields: F,
  rules: ObjectRules<F> = {},
): Output<F> {
  const output: Record<string, unknown> = {};
  const misspelt = new Set<string | null>();
  for (const entry of entries) {
    const read = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (read) output[entry.key] = read(entry);
    else if (rules.others) rules.others(entry);
    else misspelt.add(unknownKey(entry, Object.keys(fields)));
  }
  const missing = (rules.required ?? []).filter(
    (key) => !misspelt.has(key) && !entries.some((entry) => entry.key === key),
  );
  if (missing.length > 0) {
    const keys = missing.map((key) => `"${key}"`).join(' and no ');
    tell(place, `${nameOf(place)} has no ${keys}`, { expected: missing.map((key) => `${key}: …`).join(', ') });
  }
  return output as Output<F>;
}

/** Without the keys that have no value. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as T;
}

function pairOf<T>(entry: Place, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[entry.key, value]];
}
