import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bundle, Problem } from './bundle.ts';
import { findFiles, type SearchOptions } from './files.ts';
import { differences, type Finding } from './lint-differences.ts';
import { loadConfig } from './load.ts';
import { displayPath } from './source.ts';

export interface LintReport {
  readonly files: readonly string[];
  readonly providers: number;
  readonly profiles: number;
  readonly maps: number;
  readonly machines: number;
  readonly findings: readonly Finding[];
}

/** Where Salt's users keep their maps, by convention. */
const MAPS = 'cloud.maps.d';
const DEPRECATED = /old (?:spelling|name)|since Salt \d|gave up in/;

/** Checks a whole directory: what `files`, `saltDir` and `map` name or the usual places hold, with every map of `cloud.maps.d`. */
export async function lintConfig(options: SearchOptions): Promise<LintReport> {
  const salt = findFiles({ ...options, map: undefined }, []).files.find(({ format }) => format.startsWith('salt'));
  const saltDir = options.saltDir ?? salt?.directory;
  const maps = saltDir === undefined ? [] : mapsIn(resolve(options.cwd, saltDir), options.cwd);
  const named = options.map === undefined ? [] : [displayPath(resolve(options.cwd, options.map), options.cwd)];
  const files = [...new Set([...(options.files ?? []), ...maps, ...named])];
  const bundle = await loadConfig({ ...options, files, map: undefined, ...(saltDir !== undefined && { saltDir }) });
  return {
    files: bundle.files,
    providers: bundle.providers.length,
    profiles: bundle.profiles.length,
    maps: bundle.maps.length,
    machines: bundle.maps.reduce((sum, { machines }) => sum + machines.length, 0),
    findings: [...folded(bundle), ...differences(bundle, salt !== undefined || maps.length > 0)],
  };
}

function mapsIn(directory: string, cwd: string): string[] {
  try {
    const names = readdirSync(join(directory, MAPS)).sort();
    return names
      .map((name) => join(directory, MAPS, name))
      .filter((path) => !/(^|\/)\.|~$|\.(bak|swp|jinja|j2)$/.test(path) && statSync(path).isFile())
      .map((path) => displayPath(path, cwd));
  } catch {
    return [];
  }
}

/** What many places have in common is told once, whatever their names. */
function folded({ problems, profiles, providers, maps }: Bundle): Finding[] {
  const named = [...profiles, ...providers, ...maps.flatMap(({ machines }) => machines)];
  const names = new Set(named.map(({ name }) => name));
  const found = Map.groupBy(problems, ({ level, message, hint, expected, nearest }) => {
    // One cause, where the advice says which: a script that several profiles name and that is not there.
    const isAlike = level === 'warning' || hint !== undefined;
    return JSON.stringify([level, isAlike ? general(message, names) : message, hint, expected, nearest]);
  });
  return [...found.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { level, expected, nearest, hint } = first;
    const message = alike.length > 1 ? inCommon(alike, names) : first.message;
    const group = level === 'warning' && DEPRECATED.test(message) ? 'deprecated' : level;
    const places = alike.map(({ file, line, column }) => ({ file, line, column }));
    return {
      group,
      message,
      ...(expected && { expected }),
      ...(nearest && { nearest }),
      ...(hint && { hint }),
      places,
    };
  });
}

function general(message: string, names: ReadonlySet<string>): string {
  return message
    .replace(/"([^"]*)"/g, (quoted, name: string) => (names.has(name) ? '"*"' : quoted))
    .replace(/^profiles\.[^. ]+\.(?=\w+ cannot be read)/, '');
}

/** The message of all, with the first names and how many more there are. */
function inCommon(alike: readonly Problem[], names: ReadonlySet<string>): string {
  const all = alike.map(({ message }) => [...message.matchAll(/"([^"]*)"/g)].map(([, name = '']) => name));
  const meant = [...new Set(all.flatMap((quoted) => quoted.find((name) => names.has(name)) ?? []))];
  const shown = meant.slice(0, 2).map((name) => `"${name}"`);
  const text = meant.length > 2 ? `${shown.join(', ')} and ${meant.length - 2} more` : shown.join(' and ');
  const [first] = alike;
  return first ? general(first.message, names).replace('"*"', text) : '';
}
