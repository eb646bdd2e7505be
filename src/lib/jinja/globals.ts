import { pairsOf } from './methods.ts';
import { type Arguments, Dict, JinjaError, nameOf, Range, Thing, type Value } from './values.ts';

/** As Salt's sandbox has it. */
const LONGEST_RANGE = 100_000;

function range({ places }: Arguments): Value {
  const [first, second, step = 1n] = places;
  if (first === undefined) throw new JinjaError('range needs a number');
  const numbers = [second === undefined ? 0n : first, second ?? first, step];
  const wrong = numbers.find((it) => typeof it !== 'bigint' && typeof it !== 'boolean');
  if (wrong !== undefined) throw new JinjaError(`${nameOf(wrong)} is no whole number`);
  const [start = 0n, stop = 0n, by = 1n] = numbers.map((it) => BigInt(it as bigint | boolean));
  if (by === 0n) throw new JinjaError('the step is zero');
  const made = new Range(start, stop, by);
  if (made.size > LONGEST_RANGE)
    throw new JinjaError(`a range has at most ${LONGEST_RANGE.toLocaleString('en')} numbers`);
  return made;
}

function cycler({ places }: Arguments): Value {
  if (places.length === 0) throw new JinjaError('there is nothing to cycle through');
  let at = 0;
  const current = () => places[at] ?? null;
  return new Thing('the cycler', null, [
    ['current', current],
    [
      'next',
      new Thing('cycler.next', () => {
        const value = current();
        at = (at + 1) % places.length;
        return value;
      }),
    ],
    [
      'reset',
      new Thing('cycler.reset', () => {
        at = 0;
        return null;
      }),
    ],
  ]);
}

function joiner({ places: [by = ', '] }: Arguments): Value {
  let used = false;
  return new Thing('the joiner', () => {
    const text = used ? by : '';
    used = true;
    return text;
  });
}

const dict = ({ places, names }: Arguments) => new Dict([...places.flatMap(pairsOf), ...names]);

/** The functions that Jinja has by itself. */
export const GLOBALS: readonly (readonly [string, Value])[] = [
  ['range', new Thing('range', range)],
  ['dict', new Thing('dict', dict)],
  [
    'namespace',
    new Thing(
      'namespace',
      (args) =>
        new Thing(
          'a namespace',
          null,
          dict(args)
            .entries()
            .map(([key, value]) => [String(key), value] as const),
        ),
    ),
  ],
  ['cycler', new Thing('cycler', cycler)],
  ['joiner', new Thing('joiner', joiner)],
];
