import type { Builtins } from './builtin.ts';
import { whole } from './numbers.ts';
import { str } from './print.ts';
import { charactersIn, itemsOf, JinjaError, nameOf, Tuple, type Value } from './values.ts';

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw new JinjaError(`this needs text, not ${nameOf(value ?? null)}`);
}

const letters = /\p{L}/u;
const lowered = (it: string) => it.toLowerCase();
const capital = (it: string) => it.slice(0, 1).toUpperCase() + it.slice(1).toLowerCase();

/** White space, or any of the characters given, at the sides named. */
export function strip(value: string, characters: Value | undefined, sides: 'both' | 'left' | 'right'): string {
  if (characters === undefined || characters === null) {
    return sides === 'both' ? value.trim() : sides === 'left' ? value.trimStart() : value.trimEnd();
  }
  const [all, set] = [[...value], new Set(text(characters))];
  let [start, end] = [0, all.length];
  while (sides !== 'right' && start < end && set.has(all[start] ?? '')) start += 1;
  while (sides !== 'left' && end > start && set.has(all[end - 1] ?? '')) end -= 1;
  return all.slice(start, end).join('');
}

function split(value: string, separator: Value | undefined, most: number): string[] {
  if (separator === undefined || separator === null) return splitAtSpace(value, most);
  const by = text(separator);
  if (by === '') throw new JinjaError('nothing cannot separate');
  const all = value.split(by);
  return most < 0 || all.length <= most + 1 ? all : [...all.slice(0, most), all.slice(most).join(by)];
}

/** The rest keeps the space at its own end. */
function splitAtSpace(value: string, most: number): string[] {
  const words: string[] = [];
  let rest = value.trimStart();
  for (; rest !== ''; rest = rest.trimStart()) {
    if (words.length === most) return [...words, rest];
    const [word = ''] = /^\S+/.exec(rest) ?? [];
    words.push(word);
    rest = rest.slice(word.length);
  }
  return words;
}

function splitFromRight(value: string, separator: Value | undefined, most: number): string[] {
  const turned = (it: string) => [...it].toReversed().join('');
  const by = separator === undefined || separator === null ? separator : turned(text(separator));
  return split(turned(value), by, most).map(turned).toReversed();
}

function pad(value: string, width: number, fill: Value | undefined, side: 'left' | 'right' | 'both'): string {
  const room = Math.max(0, width - charactersIn(value).length);
  const by = fill === undefined ? ' ' : text(fill);
  if (side === 'left') return by.repeat(room) + value;
  if (side === 'right') return value + by.repeat(room);
  // Python puts the odd one to the left when the width is odd.
  const left = Math.floor(room / 2) + (room & width & 1);
  return by.repeat(left) + value + by.repeat(room - left);
}

/** Where a text stands within another, between two places; below zero where it does not. */
function find(value: string, part: Value | undefined, from: Value | undefined, to: Value | undefined, last: boolean) {
  const end = clamp(whole(to, value.length), value.length);
  const start = clamp(whole(from, 0), value.length);
  const within = value.slice(0, end);
  const at = last ? within.lastIndexOf(text(part)) : within.indexOf(text(part), start);
  return at < start ? -1n : BigInt(at);
}

function clamp(at: number, length: number): number {
  return at < 0 ? Math.max(0, at + length) : Math.min(at, length);
}

function found(at: bigint): bigint {
  if (at < 0n) throw new JinjaError('this is not in the text');
  return at;
}

function hasEnd(value: string, part: Value | undefined, has: (value: string, part: string) => boolean): boolean {
  const parts = part instanceof Tuple ? part.items : [part];
  return parts.some((it) => has(value, text(it)));
}

export function replaced(value: string, from: string, to: string, count: number): string {
  if (count < 0) return value.replaceAll(from, () => to);
  const parts = value.split(from);
  const first = parts.slice(0, count + 1).join(to);
  return parts.length > count + 1 ? [first, ...parts.slice(count + 1)].join(from) : first;
}

/** Words begin behind whatever is no letter. */
function title(value: string): string {
  return value.replace(/\p{L}+/gu, capital);
}

const is = (pattern: RegExp): Builtins[string] => ['', (_, value) => pattern.test(text(value))];

/** The methods of Python's `str` that make sense in a template. */
export const TEXT_METHODS: Builtins = {
  upper: ['', (_, value) => text(value).toUpperCase()],
  lower: ['', (_, value) => text(value).toLowerCase()],
  casefold: ['', (_, value) => lowered(text(value))],
  capitalize: ['', (_, value) => capital(text(value))],
  title: ['', (_, value) => title(text(value))],
  swapcase: [
    '',
    (_, value) => text(value).replace(/\p{L}/gu, (it) => (it === lowered(it) ? it.toUpperCase() : lowered(it))),
  ],
  strip: ['chars', (_, value, chars) => strip(text(value), chars, 'both')],
  lstrip: ['chars', (_, value, chars) => strip(text(value), chars, 'left')],
  rstrip: ['chars', (_, value, chars) => strip(text(value), chars, 'right')],
  removeprefix: [
    'prefix!',
    (_, value, part) => (text(value).startsWith(text(part)) ? text(value).slice(text(part).length) : value),
  ],
  removesuffix: [
    'suffix!',
    (_, value, part) =>
      text(value).endsWith(text(part)) ? text(value).slice(0, text(value).length - text(part).length) : value,
  ],
  split: ['sep maxsplit', (_, value, by, most) => split(text(value), by, whole(most, -1))],
  rsplit: ['sep maxsplit', (_, value, by, most) => splitFromRight(text(value), by, whole(most, -1))],
  splitlines: [
    '',
    (_, value) => {
      const lines = text(value).split(/\r\n?|\n/);
      return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    },
  ],
  partition: ['sep!', (_, value, by) => parted(text(value), text(by), text(value).indexOf(text(by)), 0)],
  rpartition: ['sep!', (_, value, by) => parted(text(value), text(by), text(value).lastIndexOf(text(by)), 2)],
  replace: [
    'old! new! count',
    (it, value, from, to, count) => {
      it.limits.make((text(value).length + 1) * (text(to).length + 1));
      return replaced(text(value), text(from), text(to), whole(count, -1));
    },
  ],
  join: ['items!', (it, value, items) => joined(it.limits, text(value), [...itemsOf(items ?? null)].map(text))],
  startswith: ['prefix!', (_, value, part) => hasEnd(text(value), part, (a, b) => a.startsWith(b))],
  endswith: ['suffix!', (_, value, part) => hasEnd(text(value), part, (a, b) => a.endsWith(b))],
  find: ['sub! start end', (_, value, part, from, to) => find(text(value), part, from, to, false)],
  rfind: ['sub! start end', (_, value, part, from, to) => find(text(value), part, from, to, true)],
  index: ['sub! start end', (_, value, part, from, to) => found(find(text(value), part, from, to, false))],
  rindex: ['sub! start end', (_, value, part, from, to) => found(find(text(value), part, from, to, true))],
  count: [
    'sub!',
    (_, value, part) =>
      BigInt(text(part) === '' ? charactersIn(text(value)).length + 1 : text(value).split(text(part)).length - 1),
  ],
  zfill: [
    'width!',
    (it, value, width) => {
      const [, sign = '', digits = ''] = /^([-+]?)([\s\S]*)$/.exec(text(value)) ?? [];
      it.limits.make(whole(width, 0));
      return sign + pad(digits, whole(width, 0) - sign.length, '0', 'left');
    },
  ],
  ljust: [
    'width! fill',
    (it, value, width, fill) => {
      it.limits.make(whole(width, 0));
      return pad(text(value), whole(width, 0), fill, 'right');
    },
  ],
  rjust: [
    'width! fill',
    (it, value, width, fill) => {
      it.limits.make(whole(width, 0));
      return pad(text(value), whole(width, 0), fill, 'left');
    },
  ],
  center: [
    'width! fill',
    (it, value, width, fill) => {
      it.limits.make(whole(width, 0));
      return pad(text(value), whole(width, 0), fill, 'both');
    },
  ],
  encode: [
    '*',
    () => {
      throw new JinjaError('text is not encoded here', 'Leave `.encode(…)` out.');
    },
  ],
  isdigit: is(/^\p{Nd}+$/u),
  isdecimal: is(/^\p{Nd}+$/u),
  isnumeric: is(/^\p{N}+$/u),
  isalpha: is(/^\p{L}+$/u),
  isalnum: is(/^[\p{L}\p{N}]+$/u),
  isspace: is(/^\s+$/),
  isidentifier: is(/^[\p{L}_][\p{L}\p{N}_]*$/u),
  isupper: ['', (_, value) => letters.test(text(value)) && text(value) === text(value).toUpperCase()],
  islower: ['', (_, value) => letters.test(text(value)) && text(value) === text(value).toLowerCase()],
  istitle: ['', (_, value) => letters.test(text(value)) && text(value) === title(text(value))],
};

export function joined(limits: { make(size: number): void }, by: string, parts: readonly string[]): string {
  limits.make(parts.reduce((sum, it) => sum + it.length + by.length, 0));
  return parts.join(by);
}

function parted(value: string, by: string, at: number, whereNot: number): Tuple {
  if (by === '') throw new JinjaError('nothing cannot separate');
  if (at < 0) return new Tuple(['', '', ''].with(whereNot, value));
  return new Tuple([value.slice(0, at), by, value.slice(at + by.length)]);
}

/** `str(x).method` for the filters of the same name. */
export const asText = (value: Value | undefined): string => str(value ?? null);
