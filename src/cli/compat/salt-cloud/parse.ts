import { GROUPS, OPTIONS, type Option, type OptionName } from './options.ts';

/** A mistake on the command line: printed below the usage line, exit code 64, as Salt's. */
export class UsageError extends Error {}

/** A command line, taken apart. */
export interface Parsed {
  flag(name: OptionName): boolean;
  text(name: OptionName): string | null;
  pair(name: OptionName): readonly [string, string] | null;
  /** Words that belong to no option: names of machines, `key=value`. */
  readonly words: readonly string[];
}

/** Reads words as Python's optparse does: options anywhere, long ones shortened while that is clear, short ones in clusters. */
export function parse(argv: readonly string[]): Parsed {
  const values = new Map<OptionName, readonly string[]>();
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0));
    } else if (word.startsWith('--')) {
      takeLong(word, rest, values);
    } else if (word.startsWith('-') && word !== '-') {
      takeShorts(word, rest, values);
    } else {
      words.push(word);
    }
    // Nothing behind them is looked at.
    if (values.has('version') || values.has('help')) break;
  }
  refuseExclusive(values);
  const first = (name: OptionName) => values.get(name)?.[0];
  return {
    flag: (name) => values.has(name),
    text: (name) => first(name) ?? null,
    pair: (name) => {
      const [left, right] = values.get(name) ?? [];
      return left === undefined || right === undefined ? null : [left, right];
    },
    words,
  };
}

const table = Object.entries(OPTIONS) as readonly (readonly [OptionName, Option])[];

function takeLong(word: string, rest: string[], values: Map<OptionName, readonly string[]>): void {
  const at = word.indexOf('=');
  const long = completed(at < 0 ? word : word.slice(0, at));
  const found = table.find(([, { long: all }]) => all.some((each) => each === long));
  if (!found) throw new UsageError(`no such option: ${long}`);
  const [name, option] = found;
  if (at >= 0) {
    if (option.takes === 0) throw new UsageError(`${long} option does not take a value`);
    rest.unshift(word.slice(at + 1));
  }
  values.set(name, argumentsOf(long, option, rest));
}

function takeShorts(word: string, rest: string[], values: Map<OptionName, readonly string[]>): void {
  for (let i = 1; i < word.length; i += 1) {
    const short = `-${word[i]}`;
    const found = table.find(([, option]) => option.short === short);
    if (!found) throw new UsageError(`no such option: ${short}`);
    const [name, option] = found;
    const ends = option.takes > 0;
    if (ends && i + 1 < word.length) rest.unshift(word.slice(i + 1));
    values.set(name, argumentsOf(short, option, rest));
    if (ends) return;
  }
}

/** The option that a shortened one can only mean. */
function completed(given: string): string {
  const all = table.flatMap(([, { long }]) => long);
  if (all.some((long) => long === given)) return given;
  const matches = all.filter((long) => long.startsWith(given)).sort();
  if (matches.length > 1) throw new UsageError(`ambiguous option: ${given} (${matches.join(', ')}?)`);
  return matches[0] ?? given;
}

function argumentsOf(written: string, option: Option, rest: string[]): readonly string[] {
  if (rest.length < option.takes) {
    throw new UsageError(`${written} option requires ${option.takes} argument${option.takes === 1 ? '' : 's'}`);
  }
  const given = rest.splice(0, option.takes);
  for (const value of given) {
    if (option.choices && !option.choices.includes(value)) {
      const choices = option.choices.map((choice) => `'${choice}'`).join(', ');
      throw new UsageError(`option ${written}: invalid choice: '${value}' (choose from ${choices})`);
    }
    if (option.whole && !/^\s*[-+]?\d+\s*$/.test(value)) {
      throw new UsageError(`option ${written}: invalid integer value: '${value}'`);
    }
  }
  return given;
}

function refuseExclusive(values: ReadonlyMap<OptionName, unknown>): void {
  for (const { options, exclusive } of GROUPS) {
    if (!exclusive) continue;
    const given = Object.entries(options).filter(([name]) => values.has(name as OptionName));
    if (given.length < 2) continue;
    const names = given.map(([, { long }]) => long[0]).join('/');
    throw new UsageError(`The options ${names} are mutually exclusive. Please only choose one of them`);
  }
}
