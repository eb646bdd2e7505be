import { asNumber, isNumber, JinjaError, nameOf, Undefined, type Value } from './values.ts';

/** Python's `repr` of a float: `1.0`, `1e+16`, `1e-05`. */
export function showFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const plain = power > -7 ? String(value) : value.toFixed(-power + digits.length);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** Halves go to the even neighbour, as Python rounds what the binary number really is. */
export function fixed(value: number, digits: number): string {
  const places = Math.min(digits, 100);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${places > 0 ? `.${'0'.repeat(places)}` : ''}`;
  const text = value.toFixed(places);
  const exact = Math.abs(value).toFixed(100);
  const rest = exact.slice(exact.indexOf('.') + 1 + places);
  const isHalf = /^50*$/.test(rest);
  const down = exact.slice(0, exact.indexOf('.') + (places > 0 ? 1 + places : 0));
  const isEven = '02468'.includes(down.at(-1) ?? '');
  if (!isHalf) return text;
  const sign = value < 0 ? '-' : '';
  return isEven ? sign + down : sign + upFrom(down);
}

/** The next one above a decimal text. */
function upFrom(text: string): string {
  const point = text.indexOf('.');
  const digits = String(BigInt(text.replace('.', '')) + 1n).padStart(text.length - (point < 0 ? 0 : 1), '0');
  return point < 0 ? digits : `${digits.slice(0, point - text.length + 1)}.${digits.slice(point - text.length + 1)}`;
}

export function roundTo(value: number, digits: number): number {
  if (digits >= 0) return Number(fixed(value, digits));
  const scale = 10 ** -digits;
  return Number(fixed(value / scale, 0)) * scale;
}

/** A whole number, as an argument: `int` or something that stands for one. */
export function whole(value: Value | undefined, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (value instanceof Undefined) value.refuse();
  throw new JinjaError(`${nameOf(value)} is no whole number`);
}

type Numbers = (a: number, b: number) => number;
type Integers = (a: bigint, b: bigint) => bigint;

const NUMERIC: Readonly<Record<string, readonly [Integers | null, Numbers]>> = {
  '+': [(a, b) => a + b, (a, b) => a + b],
  '-': [(a, b) => a - b, (a, b) => a - b],
  '*': [(a, b) => a * b, (a, b) => a * b],
  '/': [null, (a, b) => a / nonZero(b)],
  '//': [floorDivide, (a, b) => Math.floor(a / nonZero(b))],
  '%': [(a, b) => a - floorDivide(a, b) * b, (a, b) => a - Math.floor(a / nonZero(b)) * b],
  '**': [(a, b) => a ** b, (a, b) => a ** b],
};

/** Two numbers by an operator of Python's; null when one of them is none. */
export function calculate(operator: string, one: Value, other: Value): Value | null {
  const rule = NUMERIC[operator];
  if (rule === undefined || !isNumber(one) || !isNumber(other)) return null;
  const [a, b] = [asNumber(one), asNumber(other)];
  const [integers, numbers] = rule;
  if (typeof a !== 'bigint' || typeof b !== 'bigint' || integers === null) return numbers(Number(a), Number(b));
  if (operator === '**' && b < 0n) return Number(a) ** Number(b);
  if (operator === '**' && b * BigInt(a.toString(2).length) > 100_000n)
    throw new JinjaError('this number is too large');
  const result = integers(a, b);
  if (result > LARGE || result < -LARGE) throw new JinjaError('this number is too large');
  return result;
}

/** No name, size or count is larger. */
const LARGE = 2n ** 100_000n;

function floorDivide(a: bigint, b: bigint): bigint {
  nonZero(Number(b));
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function nonZero(divisor: number): number {
  if (divisor === 0) throw new JinjaError('this divides by zero');
  return divisor;
}
