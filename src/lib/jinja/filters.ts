import type { Builtins } from './builtin.ts';
import { LIST_FILTERS } from './filters-of-lists.ts';
import { percentFormat } from './format.ts';
import { attribute } from './methods.ts';
import { replaced, strip, TEXT_METHODS } from './methods-of-text.ts';
import { fixed, roundTo, whole } from './numbers.ts';
import { str } from './print.ts';
import {
  asNumber,
  charactersIn,
  Dict,
  isNumber,
  isTrue,
  itemsOf,
  JinjaError,
  nameOf,
  sizeOf,
  Tuple,
  Undefined,
  type Value,
} from './values.ts';

/** A method of text as a filter: what it is given is made text. */
function asMethod(name: string): Builtins[string] {
  const [parameters, work] = TEXT_METHODS[name] ?? ['', () => null];
  return [parameters, (it, value, ...args) => work(it, str(value), ...args)];
}

/** Python's `float(…)`; null where it fails. */
export function readFloat(value: Value): number | null {
  if (isNumber(value)) return Number(value);
  if (typeof value !== 'string') return null;
  const text = value.trim().toLowerCase();
  if (/^[-+]?(?:inf|infinity)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[-+]?nan$/.test(text)) return Number.NaN;
  const isPlain = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+)?$/.test(text);
  return isPlain ? Number(text.replaceAll('_', '')) : null;
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const PREFIX: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

/** Python's `int(text, base)`; null where it fails. */
function readInteger(text: string, base: number): bigint | null {
  const [, sign = '', prefix = '', body = ''] =
    /^([-+]?)(0[xob](?=[\da-z]))?([\da-z]+(?:_[\da-z]+)*)$/.exec(text.trim().toLowerCase()) ?? [];
  const isPrefix = prefix !== '' && (base === 0 || PREFIX[prefix] === base);
  const radix = isPrefix ? (PREFIX[prefix] ?? 10) : base === 0 ? 10 : base;
  const digits = (isPrefix ? body : prefix + body).replaceAll('_', '');
  if (digits === '' || [...digits].some((it) => !DIGITS.slice(0, radix).includes(it))) return null;
  const value = [...digits].reduce((sum, it) => sum * BigInt(radix) + BigInt(DIGITS.indexOf(it)), 0n);
  return sign === '-' ? -value : value;
}

function toInteger(value: Value, otherwise: Value | undefined, base: Value | undefined): Value {
  if (value instanceof Undefined) value.refuse();
  const whole10 = typeof value === 'string' ? readInteger(value, whole(base, 10)) : null;
  if (whole10 !== null) return whole10;
  const number = readFloat(value);
  if (number === null || !Number.isFinite(number)) return otherwise ?? 0n;
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(number));
}

function rounded(value: Value, precision: Value | undefined, method: Value | undefined): Value {
  if (!isNumber(value)) throw new JinjaError(`${nameOf(value)} cannot be rounded`);
  const digits = whole(precision, 0);
  const number = asNumber(value);
  if (method === undefined || method === 'common') {
    if (typeof number === 'number') return roundTo(number, digits);
    return digits >= 0 ? number : BigInt(fixed(Number(number) / 10 ** -digits, 0)) * 10n ** BigInt(-digits);
  }
  if (method !== 'ceil' && method !== 'floor') throw new JinjaError('round knows common, ceil and floor');
  return Math[method](Number(number) * 10 ** digits) / 10 ** digits;
}

const SIZES = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

function fileSize(value: Value, binary: boolean): string {
  const bytes = readFloat(value);
  if (bytes === null) throw new JinjaError(`${nameOf(value)} is no size`);
  if (bytes === 1) return '1 Byte';
  const base = binary ? 1024 : 1000;
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const power = Math.min(SIZES.length, SIZES.findIndex((_, i) => bytes < base ** (i + 2)) + 1 || SIZES.length);
  const unit = SIZES[power - 1] ?? '';
  return `${fixed(bytes / base ** power, 1)} ${binary ? `${unit[0]?.toUpperCase()}iB` : unit}`;
}

function truncated(value: string, length: number, killwords: boolean, end: string, leeway: number): string {
  const all = charactersIn(value);
  if (all.length <= length + leeway) return value;
  const cut = [...all].slice(0, Math.max(0, length - charactersIn(end).length)).join('');
  return (killwords || !cut.includes(' ') ? cut : cut.slice(0, cut.lastIndexOf(' '))) + end;
}

/** Letters, digits and `_.-~/` stay as they are. */
function urlQuoted(value: Value, keepsSlash: boolean): string {
  const kept = encodeURIComponent(str(value)).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepsSlash ? kept.replaceAll('%2F', '/') : kept.replaceAll('%20', '+');
}

function urlEncoded(value: Value): string {
  if (typeof value === 'string' || !(value instanceof Dict || Array.isArray(value) || value instanceof Tuple)) {
    return urlQuoted(value, true);
  }
  const pairs = value instanceof Dict ? value.entries() : [...itemsOf(value)].map((it) => [...itemsOf(it)]);
  return pairs.map(([key = null, it = null]) => `${urlQuoted(key, false)}=${urlQuoted(it, false)}`).join('&');
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const escaped: Builtins[string] = ['', (_, value) => str(value).replace(/[&<>"']/g, (it) => HTML[it] ?? it)];

function indented(value: string, width: Value | undefined, first: boolean, blank: boolean): string {
  const by = typeof width === 'string' ? width : ' '.repeat(Math.min(whole(width, 4), 10_000));
  const lines = value.split(/\r\n?|\n/);
  return lines.map((line, i) => ((i === 0 ? first : blank || line !== '') ? by + line : line)).join('\n');
}

const otherwise: Builtins[string] = [
  'default_value boolean',
  (_, value, instead = '', boolean = false) => {
    return value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? instead : value;
  },
];
const length: Builtins[string] = ['', (_, value) => BigInt(sizeOf(value))];
const wordStart = /([-\s({[<]+)/;

/** Jinja's own filters, version 3.1, for text, numbers and whatever; those for lists stand beside. */
export const FILTERS: Builtins = {
  ...LIST_FILTERS,
  abs: [
    '',
    (_, value) => {
      if (!isNumber(value)) throw new JinjaError(`${nameOf(value)} is no number`);
      const number = asNumber(value);
      return number < 0 ? -number : number;
    },
  ],
  attr: ['name!', (it, value, name) => attribute(it, value, str(name ?? null))],
  capitalize: asMethod('capitalize'),
  center: ['width', (it, value, width) => asMethod('center')?.[1](it, value, width ?? 80n) ?? null],
  count: length,
  d: otherwise,
  default: otherwise,
  e: escaped,
  escape: escaped,
  filesizeformat: ['binary', (_, value, binary) => fileSize(value, isTrue(binary ?? false))],
  float: [
    'default',
    (_, value, instead) => {
      if (value instanceof Undefined) value.refuse();
      return readFloat(value) ?? instead ?? 0;
    },
  ],
  forceescape: escaped,
  format: [
    '* **',
    (it, value, args = null, names = null) => {
      return percentFormat(str(value), names instanceof Dict && names.size > 0 ? names : args, it.limits);
    },
  ],
  indent: [
    'width first blank',
    (it, value, width, first, blank) => {
      const text = str(value);
      it.limits.make(text.split('\n').length * (typeof width === 'string' ? width.length : whole(width, 4)));
      return indented(text, width, isTrue(first ?? false), isTrue(blank ?? false));
    },
  ],
  int: ['default base', (_, value, instead, base) => toInteger(value, instead, base)],
  length,
  lower: asMethod('lower'),
  replace: [
    'old! new! count',
    (it, value, from, to, count) => {
      it.limits.make((str(value).length + 1) * (str(to ?? null).length + 1));
      return replaced(str(value), str(from ?? null), str(to ?? null), whole(count, -1));
    },
  ],
  round: ['precision method', (_, value, precision, method) => rounded(value, precision, method)],
  safe: ['', (_, value) => str(value)],
  string: ['', (_, value) => str(value)],
  title: [
    '',
    (_, value) =>
      str(value)
        .split(wordStart)
        .map((it) => it.slice(0, 1).toUpperCase() + it.slice(1).toLowerCase())
        .join(''),
  ],
  trim: ['chars', (_, value, chars) => strip(str(value), chars, 'both')],
  truncate: [
    'length killwords end leeway',
    (_, value, size, killwords, end, leeway) => {
      return truncated(
        str(value),
        whole(size, 255),
        isTrue(killwords ?? false),
        end === undefined ? '...' : str(end),
        whole(leeway, 5),
      );
    },
  ],
  upper: asMethod('upper'),
  urlencode: ['', (_, value) => urlEncoded(value)],
  wordcount: ['', (_, value) => BigInt(str(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)],
};
