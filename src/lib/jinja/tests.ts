import type { Builtins } from './builtin.ts';
import { holds, isIn } from './evaluate.ts';
import { TEXT_METHODS } from './methods-of-text.ts';
import { calculate } from './numbers.ts';
import { str } from './print.ts';
import {
  Dict,
  equal,
  isNumber,
  itemsIn,
  JinjaError,
  nameOf,
  Range,
  Thing,
  Tuple,
  Undefined,
  type Value,
} from './values.ts';

type Tests = Builtins<boolean>;

function remains(value: Value, divisor: Value): Value {
  const left = calculate('%', value, divisor);
  if (left === null) throw new JinjaError(`${nameOf(value)} is no number`);
  return left;
}

const compared = (operator: string): Tests[string] => [
  'other!',
  (_, value, other) => holds(operator, value, other ?? null),
];
const [equals, differs, less, atMost, more, atLeast] = ['==', '!=', '<', '<=', '>', '>='].map(compared);

function textIs(name: string): Tests[string] {
  const [, work] = TEXT_METHODS[name] ?? ['', () => false];
  return ['', (it, value) => work(it, str(value)) === true];
}

const isSequence = (value: Value) =>
  typeof value === 'string' ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Dict ||
  value instanceof Range;

const known = (value: Value): Value => {
  if (value instanceof Undefined) value.refuse();
  return value;
};

/** Jinja's own tests, version 3.1. Those that ask for a type take what is not defined for a value without one. */
export const TESTS: Tests = {
  boolean: ['', (_, value) => typeof value === 'boolean'],
  callable: ['', (_, value) => value instanceof Thing && value.call !== null],
  defined: ['', (_, value) => !(value instanceof Undefined)],
  divisibleby: ['num!', (_, value, by) => equal(remains(known(value), by ?? null), 0n)],
  escaped: ['', () => false],
  even: ['', (_, value) => equal(remains(known(value), 2n), 0n)],
  odd: ['', (_, value) => equal(remains(known(value), 2n), 1n)],
  false: ['', (_, value) => value === false],
  true: ['', (_, value) => value === true],
  float: ['', (_, value) => typeof value === 'number'],
  in: ['seq!', (_, value, within) => isIn(value, within ?? null)],
  integer: ['', (_, value) => typeof value === 'bigint'],
  iterable: ['', (_, value) => itemsIn(value) !== null],
  lower: textIs('islower'),
  upper: textIs('isupper'),
  mapping: ['', (_, value) => value instanceof Dict],
  none: ['', (_, value) => value === null],
  number: ['', (_, value) => isNumber(value)],
  sameas: ['other!', (_, value, other) => value === other],
  sequence: ['', (_, value) => isSequence(known(value))],
  string: ['', (_, value) => typeof value === 'string'],
  undefined: ['', (_, value) => value instanceof Undefined],
  ...(equals && { '==': equals, eq: equals, equalto: equals }),
  ...(differs && { '!=': differs, ne: differs }),
  ...(less && { '<': less, lt: less, lessthan: less }),
  ...(atMost && { '<=': atMost, le: atMost }),
  ...(more && { '>': more, gt: more, greaterthan: more }),
  ...(atLeast && { '>=': atLeast, ge: atLeast }),
};
