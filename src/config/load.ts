import type { Bundle, Position, Problem, ProviderInput } from './bundle.ts';
import { checkReferences, type Drafts } from './drafts.ts';
import { type ConfigFile, findFiles, type SearchOptions } from './files.ts';
import { readOurs } from './ours.ts';
import { attempt, openReading, root } from './place.ts';
import { readSaltProfiles, readSaltProviders } from './salt.ts';
import { scalewayDefaults, withDefaults } from './scaleway-env.ts';
import { displayPath, parseSource, readText, wholeFile } from './source.ts';

/**
 * Reads providers and profiles from the files named (`files`: ours, or directories of them; `saltDir`: Salt Cloud's), else
 * from the first usual place that has some. Never rejects for what stands in them: that becomes `problems`.
 */
export async function loadConfig(options: SearchOptions): Promise<Bundle> {
  const problems: Problem[] = [];
  const positions = new Map<string, Position>();
  const drafts: Drafts = { providers: new Map(), profiles: new Map(), inherited: new Map() };
  const { files, looked } = findFiles(options, problems);
  const complete = files.map((file) => readFile(file, options, { drafts, problems, positions })).every(Boolean);
  // A file that could not be read may hold the very provider that seems to be unknown.
  if (complete) checkReferences(drafts);
  return {
    providers: filledProviders(drafts, options, problems),
    profiles: [...drafts.profiles.values()].flatMap(({ input }) => input ?? []),
    problems: inOrder(problems),
    files: files.map(({ path }) => displayPath(path, options.cwd)),
    looked,
    locate: (pointer) => locate(positions, pointer),
  };
}

interface Collected {
  readonly drafts: Drafts;
  readonly problems: Problem[];
  readonly positions: Map<string, Position>;
}

/** False when the file could not be read as a whole. */
function readFile(config: ConfigFile, options: SearchOptions, { drafts, problems, positions }: Collected): boolean {
  const { path, format } = config;
  const file = displayPath(path, options.cwd);
  const read = readText(path);
  if ('failure' in read) {
    problems.push(wholeFile(file, read.failure));
    return false;
  }
  const source = parseSource({ path, file, text: read.text }, format === 'ours' ? '1.2' : '1.1', problems);
  if (source === null) return false;
  const env = format === 'ours' ? options.env : null;
  const reading = openReading({ source, env, home: options.home, problems, positions });
  return attempt(file, problems, () => {
    switch (format) {
      case 'ours':
        return readOurs(root(reading, ''), drafts);
      case 'salt providers':
        return readSaltProviders(root(reading, 'providers'), drafts);
      case 'salt profiles':
        return readSaltProfiles(root(reading, 'profiles'), drafts, config.directory);
      default:
        return format satisfies never;
    }
  });
}

function filledProviders({ providers }: Drafts, options: SearchOptions, problems: Problem[]): ProviderInput[] {
  const inputs = [...providers.values()].flatMap(({ input }) => input ?? []);
  if (!inputs.some(({ driver }) => driver === 'scaleway')) return inputs;
  const defaults = scalewayDefaults(options, problems);
  return inputs.map((input) => (input.driver === 'scaleway' ? withDefaults(input, defaults) : input));
}

/** The place of a pointer, or of the nearest thing around it that is written. */
function locate(positions: ReadonlyMap<string, Position>, pointer: string): Position | null {
  const plain = pointer.replace(/\[(\d+)\]/g, '.$1').replace(/^(providers\..+?)\.settings(?=\.|$)/, '$1');
  for (let path = plain; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const position = positions.get(path);
    if (position) return position;
  }
  return null;
}

/** Each once (an alias may lead to one place twice), file by file, from top to bottom. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((it) => [JSON.stringify([it.file, it.line, it.column, it.message]), it]));
  const files = [...new Set(problems.map(({ file }) => file))];
  return [...once.values()].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
