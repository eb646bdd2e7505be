import type { Limits } from './limits.ts';
import { fixed, showFloat, whole } from './numbers.ts';
import { repr, str } from './print.ts';
import { type Arguments, asNumber, Dict, isNumber, JinjaError, nameOf, Tuple, type Value } from './values.ts';

interface Form {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly comma: string;
  readonly digits: number | null;
  readonly type: string;
}

const PERCENT = /%(?:\(([^)]*)\))?([-+0 #]*)(\*|\d*)(?:\.(\d*))?[hlL]?([\s\S]?)/g;

/** `'%03d' % 7`: by place, or by name from a mapping. */
export function percentFormat(written: string, given: Value, limits: Limits): string {
  const values = given instanceof Tuple ? given.items : [given];
  let next = 0;
  const text = written.replace(PERCENT, (...[, name, flags = '', width = '', digits, type = '']: string[]) => {
    if (type === '%') return '%';
    const take = () => {
      const value = values[next++];
      if (value === undefined) throw new JinjaError('there are fewer values than places for them');
      return value;
    };
    const wide = width === '*' ? whole(take(), 0) : Number(width || 0);
    const value = name === undefined ? take() : named(given, name);
    const isText = 'sra'.includes(type);
    const form = {
      fill: flags.includes('0') && !flags.includes('-') && !isText ? '0' : ' ',
      align: flags.includes('-') ? '<' : flags.includes('0') && !isText ? '=' : '>',
      sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
      alternate: flags.includes('#'),
      width: wide,
      comma: '',
      digits: digits === undefined ? null : Number(digits),
      type: type === 'i' || type === 'u' ? 'd' : type,
    };
    if (isText) return laidOut(type === 's' ? str(value) : repr(value), { ...form, type: 's' }, limits);
    if (!'diuxXofFeEgGc'.includes(type) || type === '') throw new JinjaError(`there is no conversion %${type}`);
    if (type === 'c') return laidOut(typeof value === 'bigint' ? character(value) : str(value), form, limits);
    if (!isNumber(value)) throw new JinjaError(`%${type} needs a number`);
    const number = 'dxXo'.includes(type) && typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
    return number === value || form.type === 'd' ? ofNumber(asNumber(number), form, limits) : needsWhole(type);
  });
  if (next < values.length && !(given instanceof Dict) && !(next === 0 && /%\(/.test(written))) {
    throw new JinjaError('there are more values than places for them');
  }
  return text;
}

function needsWhole(type: string): never {
  throw new JinjaError(`%${type} needs a whole number`);
}

function named(given: Value, name: string): Value {
  const found = given instanceof Dict ? given.get(name) : undefined;
  if (found === undefined) throw new JinjaError(`there is no value for %(${name})`);
  return found;
}

const BRACES = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g;

/** `'{:>8}'.format(x)`. `member` is how `{0.name}` and `{0[name]}` are looked up. */
export function braceFormat(
  written: string,
  { places, names }: Arguments,
  limits: Limits,
  member: (value: Value, name: Value) => Value,
): string {
  let next = 0;
  let isNumbered = false;
  const fieldOf = (field: string): Value => {
    const [, first = '', rest = ''] = /^([^.[]*)([\s\S]*)$/.exec(field) ?? [];
    if (first === '' && isNumbered) throw new JinjaError('{} and {0} do not go together');
    if (/^\d+$/.test(first) && next > 0) throw new JinjaError('{} and {0} do not go together');
    isNumbered ||= /^\d+$/.test(first);
    const index = first === '' ? next++ : /^\d+$/.test(first) ? Number(first) : -1;
    const base = index >= 0 ? places[index] : names.get(first);
    if (base === undefined) throw new JinjaError(`there is no value for {${first}}`);
    const steps = [...rest.matchAll(/\.(\w+)|\[([^\]]*)\]/g)];
    return steps.reduce<Value>((value, [, name, key = '']) => {
      return member(value, name ?? (/^\d+$/.test(key) ? BigInt(key) : key));
    }, base);
  };
  return written.replace(BRACES, (whole: string, field?: string, as?: string, spec = '') => {
    if (whole === '{{' || whole === '}}') return whole.slice(1);
    if (field === undefined) throw new JinjaError(`a single ${whole} stands in this format`);
    const value = fieldOf(field);
    const form = spec.replace(/\{([^{}]*)\}/g, (_: string, inner: string) => str(fieldOf(inner)));
    return formatted(as === undefined ? value : as === 's' ? str(value) : repr(value), form, limits);
  });
}

const SPEC = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d*)([,_])?(?:\.(\d+))?([a-zA-Z%]?)$/u;

/** One value in Python's format language: `>8`, `03d`, `.2f`, `,`. */
export function formatted(value: Value, spec: string, limits: Limits): string {
  const found = SPEC.exec(spec);
  if (found === null) throw new JinjaError(`"${spec}" is no format`);
  const [, fill, align, sign = '-', alternate, zero, width, comma = '', digits, type = ''] = found;
  if (!isNumber(value) && typeof value !== 'string' && spec !== '') {
    throw new JinjaError(`${nameOf(value)} takes no format`);
  }
  const isText = !isNumber(value) || (typeof value === 'boolean' && type === '');
  const form = {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (isText ? '<' : zero ? '=' : '>'),
    sign,
    alternate: alternate !== undefined,
    width: Number(width || 0),
    comma,
    digits: digits === undefined ? null : Number(digits),
    type,
  };
  if (isText) {
    if (type !== '' && type !== 's') throw new JinjaError(`the format ${type} needs a number`);
    return laidOut(str(value), form, limits);
  }
  if (!'bcdoxXneEfFgG%'.includes(type)) throw new JinjaError(`the format ${type} is not for numbers`);
  if (typeof value === 'number' && 'bcdoxX'.includes(type) && type !== '') {
    throw new JinjaError(`the format ${type} needs a whole number`);
  }
  return ofNumber(asNumber(value as number), form, limits);
}

const BASES: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, '0b'],
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function ofNumber(value: bigint | number, form: Form, limits: Limits): string {
  const isBelow = value < 0 || Object.is(value, -0);
  const sign = isBelow ? '-' : form.sign === '-' ? '' : form.sign;
  const size = value < 0 ? -value : value;
  const digits = digitsOf(size, form);
  const base = form.alternate ? (BASES[form.type]?.[1] ?? '') : '';
  const shown = form.comma ? digits.replace(/^\d+/, (it) => it.replace(/\B(?=(\d{3})+$)/g, form.comma)) : digits;
  if (form.align !== '=') return laidOut(sign + base + shown, form, limits);
  const room = form.width - sign.length - base.length;
  return sign + base + laidOut(shown, { ...form, align: '>', width: room, digits: null }, limits);
}

function digitsOf(size: bigint | number, { type, digits }: Form): string {
  if (type === 'c' && typeof size === 'bigint') return character(size);
  const [base] = BASES[type] ?? [];
  if (base !== undefined) return type === 'X' ? size.toString(base).toUpperCase() : size.toString(base);
  if (type === 'd' || type === 'n' || (type === '' && typeof size === 'bigint')) {
    const text = String(size);
    return digits === null ? text : text.padStart(Math.min(digits, 1000), '0');
  }
  const number = Number(size);
  if (type === '' && digits === null) return showFloat(number);
  if (!Number.isFinite(number)) return showFloat(number);
  const places = Math.min(digits ?? 6, 100);
  const upper = /[EFG]/.test(type);
  const text =
    type === '%'
      ? `${fixed(number * 100, places)}%`
      : /f/i.test(type)
        ? fixed(number, places)
        : /e/i.test(type)
          ? exponential(number, places)
          : general(number, places);
  return upper ? text.toUpperCase() : text;
}

function exponential(value: number, places: number): string {
  return value.toExponential(places).replace(/e([+-])(\d)$/, 'e$10$2');
}

function general(value: number, places: number): string {
  const precision = Math.max(places, 1);
  const power = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1]);
  const text =
    power < -4 || power >= precision
      ? exponential(value, precision - 1)
      : fixed(value, Math.max(0, precision - 1 - power));
  return text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}

function character(code: bigint): string {
  return String.fromCodePoint(Number(code));
}

function laidOut(text: string, { fill, align, width, digits, type }: Form, limits: Limits): string {
  limits.make(width);
  const isText = type === 's' || type === '';
  const shown = isText && digits !== null ? [...text].slice(0, digits).join('') : text;
  const room = Math.max(0, width - [...shown].length);
  if (align === '<') return shown + fill.repeat(room);
  if (align === '^') return fill.repeat(Math.floor(room / 2)) + shown + fill.repeat(Math.ceil(room / 2));
  return fill.repeat(room) + shown;
}
