import type { Limits } from './limits.ts';
import { type Arguments, Dict, JinjaError, Tuple, type Value } from './values.ts';

/** What functions of ours may ask of the rendering that calls them. */
export interface Runtime {
  readonly limits: Limits;
  filter(name: string, value: Value, args: Arguments): Value;
  test(name: string, value: Value, args: Arguments): boolean;
}

type Work<Result> = (it: Runtime, value: Value, ...args: (Value | undefined)[]) => Result;

/**
 * Python's parameters and what is done: `old! new! count` has two that must be given, and `*` takes all that come behind. `* **` gives
 * the arguments themselves, as a tuple and a mapping.
 */
export type Builtin<Result = Value> = readonly [parameters: string, work: Work<Result>];
export type Builtins<Result = Value> = Readonly<Record<string, Builtin<Result>>>;

/** Arguments in the order of the parameters; undefined where one was left out. */
export function bound(parameters: string, { places, names }: Arguments, who: string): (Value | undefined)[] {
  if (parameters === '* **') return [new Tuple(places), new Dict(names)];
  const wanted = parameters.split(' ').filter(Boolean);
  const known = wanted.filter((it) => !it.startsWith('*')).map((it) => it.replace('!', ''));
  if (places.length > known.length && !wanted.includes('*')) {
    throw new JinjaError(`${who} takes ${known.length === 0 ? 'no arguments' : `at most ${known.length}`}`);
  }
  const stranger = [...names.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new JinjaError(`${who} has no argument "${stranger}"`);
  const twice = known.slice(0, places.length).find((name) => names.has(name));
  if (twice !== undefined) throw new JinjaError(`${who} is given "${twice}" twice`);
  const values = known.map((name, i) => places[i] ?? (i < places.length ? null : names.get(name)));
  const missing = known.find((name, i) => values[i] === undefined && wanted.includes(`${name}!`));
  if (missing !== undefined) throw new JinjaError(`${who} needs the argument "${missing}"`);
  return wanted.includes('*') ? [...values, ...places.slice(known.length)] : values;
}

/** Arguments by place alone. */
export function inPlaces(...places: Value[]): Arguments {
  return { places, names: new Map() };
}

/** What `* **` gave, as arguments again, without those by name that are left out. */
export function givenAgain(
  places: readonly Value[],
  names: Value | undefined,
  without: readonly string[] = [],
): Arguments {
  const entries = names instanceof Dict ? names.entries() : [];
  const left = entries
    .map(([name, value]) => [String(name), value] as const)
    .filter(([name]) => !without.includes(name));
  return { places, names: new Map(left) };
}
