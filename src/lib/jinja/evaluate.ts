import { inPlaces, type Runtime } from './builtin.ts';
import { percentFormat } from './format.ts';
import { attribute, member, pairsOf, slice } from './methods.ts';
import { calculate } from './numbers.ts';
import { str } from './print.ts';
import type { Scope } from './scope.ts';
import type { Expression, Given } from './syntax.ts';
import {
  type Arguments,
  asNumber,
  compare,
  Dict,
  equal,
  isNumber,
  isTrue,
  itemsOf,
  JinjaError,
  nameOf,
  orElse,
  sizeOf,
  Thing,
  Tuple,
  Undefined,
  type Value,
  View,
} from './values.ts';

/** What evaluating needs of the rendering. */
export interface Evaluation extends Runtime {
  /** What stands in a template from one offset to another. */
  written(template: number, start: number, end: number): string;
}

/** The value of an expression. A fault is thrown as a JinjaError with its place. */
export function evaluate(it: Evaluation, scope: Scope, node: Expression): Value {
  it.limits.step();
  try {
    const value = plainValue(it, scope, node);
    return value instanceof Undefined ? placed(it, scope, node, value) : value;
  } catch (error) {
    throw located(error, scope.template, node);
  }
}

/** The fault as a JinjaError that knows its place. */
export function located(error: unknown, template: number, { start, end }: { start: number; end: number }): JinjaError {
  const known = error instanceof JinjaError ? error : broken(error);
  known.place ??= { template, start, end };
  if (known.place.template < 0) known.place = { ...known.place, template };
  return known;
}

function broken(error: unknown): JinjaError {
  const isStack = error instanceof RangeError && /call stack/.test(error.message);
  if (isStack) return new JinjaError('the template goes too deep');
  if (error instanceof RangeError) return new JinjaError('this text or number is too large');
  return new JinjaError('this cannot be evaluated');
}

/** What is not there is told where it was asked for, not where it is used. */
function placed(it: Evaluation, { template }: Scope, node: Expression, value: Undefined): Undefined {
  if (value.place !== null) return value;
  const written = it.written(template, node.start, node.end);
  const isPlain = /^[\w.[\]'"-]{1,60}$/.test(written) && node.kind !== 'filter';
  const named = new Undefined(isPlain ? `"${written}" is not defined` : value.reason, value.lenient);
  named.place = { template, start: node.start, end: node.end };
  return named;
}

function plainValue(it: Evaluation, scope: Scope, node: Expression): Value {
  const of = (part: Expression) => evaluate(it, scope, part);
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'name':
      return orElse(scope.get(node.name), () => new Undefined(`"${node.name}" is not defined`));
    case 'list':
      it.limits.make(node.items.length + 1);
      return node.items.map(of);
    case 'tuple':
      return new Tuple(node.items.map(of));
    case 'dict':
      it.limits.make(node.entries.length + 1);
      return new Dict(node.entries.map(([key, value]) => [of(key), of(value)] as const));
    case 'concat':
      return joinedText(
        it,
        node.items.map((part) => str(of(part))),
      );
    case 'attribute':
      return attribute(it, of(node.of), node.name);
    case 'member':
      return member(it, of(node.of), of(node.key));
    case 'slice':
      return slice(
        it,
        of(node.of),
        node.parts.map((part) => part && of(part)),
      );
    case 'call':
      return called(of(node.of), argumentsOf(it, scope, node.given));
    case 'filter':
      return it.filter(node.name, node.of ? of(node.of) : null, argumentsOf(it, scope, node.given));
    case 'test':
      return it.test(node.name, of(node.of), argumentsOf(it, scope, node.given)) !== node.negated;
    case 'unary':
      return signed(node.operator, of(node.of));
    case 'binary':
      return binary(it, scope, node);
    case 'compare':
      return compared(it, scope, node);
    case 'choice':
      if (isTrue(of(node.condition))) return of(node.then);
      return node.otherwise ? of(node.otherwise) : new Undefined('this `if` has no `else`, and is needed here', true);
    default:
      return node satisfies never;
  }
}

function joinedText(it: Runtime, parts: readonly string[]): string {
  it.limits.make(parts.reduce((sum, part) => sum + part.length, 0));
  return parts.join('');
}

export function called(of: Value, args: Arguments): Value {
  if (of instanceof Undefined) of.refuse();
  if (!(of instanceof Thing) || of.call === null) throw new JinjaError(`${nameOf(of)} cannot be called`);
  return of.call(args);
}

export function argumentsOf(it: Evaluation, scope: Scope, given: Given): Arguments {
  const places = given.places.flatMap(({ value, spread }) => {
    const one = evaluate(it, scope, value);
    return spread ? [...itemsOf(one)] : [one];
  });
  const names = new Map<string, Value>();
  for (const { name, value } of given.names) {
    const one = evaluate(it, scope, value);
    if (name === null) for (const [key, more] of pairsOf(one)) names.set(str(key), more);
    else names.set(name, one);
  }
  return { places, names };
}

function signed(operator: 'not' | '-' | '+', value: Value): Value {
  if (operator === 'not') return !isTrue(value);
  if (value instanceof Undefined) value.refuse();
  if (!isNumber(value)) throw new JinjaError(`${nameOf(value)} has no sign`);
  const number = asNumber(value);
  return operator === '-' ? -number : number;
}

function binary(it: Evaluation, scope: Scope, node: Extract<Expression, { kind: 'binary' }>): Value {
  const left = evaluate(it, scope, node.left);
  const { operator } = node;
  if (operator === 'and') return isTrue(left) ? evaluate(it, scope, node.right) : left;
  if (operator === 'or') return isTrue(left) ? left : evaluate(it, scope, node.right);
  const right = evaluate(it, scope, node.right);
  for (const value of [left, right]) if (value instanceof Undefined) value.refuse();
  return calculate(operator, left, right) ?? combined(it, operator, left, right);
}

function combined(it: Runtime, operator: string, left: Value, right: Value): Value {
  if (operator === '%' && typeof left === 'string') return percentFormat(left, right, it.limits);
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return joinedText(it, [left, right]);
  if (operator === '+') {
    const sum = added(it, left, right);
    if (sum !== null) return sum;
  }
  if (operator === '*') {
    const [many, count] = typeof left === 'bigint' ? [right, left] : [left, right];
    if (typeof count === 'bigint' || typeof count === 'boolean') {
      const product = repeated(it, many, Math.max(0, Number(count)));
      if (product !== null) return product;
    }
  }
  if (operator === '-' && left instanceof View && left.kind === 'keys') {
    return it.filter('difference', [...left.items()], inPlaces(right));
  }
  const hint = operator === '+' ? 'To put texts together, write `~`.' : undefined;
  throw new JinjaError(`\`${operator}\` is not for ${nameOf(left)} and ${nameOf(right)}`, hint);
}

function added(it: Runtime, left: Value, right: Value): Value | null {
  const both = [left, right].map((value) => (value instanceof Tuple ? value.items : value));
  const [a, b] = both;
  if (!Array.isArray(a) || !Array.isArray(b) || left instanceof Tuple !== right instanceof Tuple) return null;
  it.limits.make(a.length + b.length);
  return left instanceof Tuple ? new Tuple([...a, ...b]) : [...a, ...b];
}

function repeated(it: Runtime, value: Value, count: number): Value | null {
  if (typeof value !== 'string' && !Array.isArray(value) && !(value instanceof Tuple)) return null;
  it.limits.make(sizeOf(value) * count);
  if (typeof value === 'string') return value.repeat(count);
  const items = value instanceof Tuple ? value.items : value;
  const all = Array.from({ length: count }, () => items).flat();
  return value instanceof Tuple ? new Tuple(all) : all;
}

function compared(it: Evaluation, scope: Scope, { first, rest }: Extract<Expression, { kind: 'compare' }>): boolean {
  let left = evaluate(it, scope, first);
  for (const [operator, part] of rest) {
    const right = evaluate(it, scope, part);
    if (!holds(operator, left, right)) return false;
    left = right;
  }
  return true;
}

const COMPARISONS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
  in: isIn,
  'not in': (left, right) => !isIn(left, right),
};

export function holds(operator: string, left: Value, right: Value): boolean {
  return COMPARISONS[operator]?.(left, right) ?? false;
}

export function isIn(wanted: Value, within: Value): boolean {
  if (wanted instanceof Undefined) wanted.refuse();
  if (typeof within === 'string') {
    if (typeof wanted !== 'string')
      throw new JinjaError(`${nameOf(wanted)} cannot be in text`, 'Put `|string` behind it.');
    return within.includes(wanted);
  }
  if (within instanceof Dict) return within.has(wanted);
  for (const item of itemsOf(within)) if (equal(item, wanted)) return true;
  return false;
}
