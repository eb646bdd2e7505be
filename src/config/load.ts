import { tellAbsent } from './absent.ts';
import type { Bundle, Position, Problem, ProviderInput } from './bundle.ts';
import { checkReferences, newDrafts } from './drafts.ts';
import { strangeKeys } from './driver-keys.ts';
import { type ConfigFile, findFiles, type SearchOptions } from './files.ts';
import { includedFiles } from './include.ts';
import { type Loading, readingOf, type TextFile } from './loading.ts';
import { readMachines } from './map-ours.ts';
import { readSaltMap } from './map-salt.ts';
import { readOurs, resolveOurs } from './ours.ts';
import { looksLikeMap } from './ours-or-map.ts';
import { attempt, type Place, readAt, root } from './place.ts';
import { collectSalt, resolveSalt } from './salt.ts';
import { plainYaml } from './salt-template.ts';
import { scalewayDefaults, withDefaults, withoutCredentials } from './scaleway-env.ts';
import { displayPath, parseSource, readText, wholeFile } from './source.ts';

/**
 * Reads providers, profiles and maps from the files named (`files`: ours or Salt maps, or directories of ours; `saltDir`: Salt
 * Cloud's; `map`: a Salt map), else from the first usual place that has some. Never rejects for what stands in them: that
 * becomes `problems`.
 */
export async function loadConfig(options: SearchOptions): Promise<Bundle> {
  const drafts = newDrafts(options.drivers ? Object.keys(options.drivers) : null);
  const loading: Loading = { options, drafts, problems: [], positions: new Map(), attachments: new Map() };
  const { problems, positions } = loading;
  const { files, looked } = findFiles(options, problems);
  const reader = new FileReader(loading);
  drafts.complete = files.map((file) => reader.read(file)).every(Boolean);
  // Who names a map alone means it for the profiles that are in use.
  if (files.length > 0 && reader.maps.length === files.length && options.saltDir === undefined) {
    const usual = findFiles({ ...options, files: [], map: undefined }, problems);
    drafts.complete = usual.files.map((file) => reader.read(file)).every(Boolean) && drafts.complete;
  }
  resolveSalt(drafts);
  resolveOurs(drafts);
  if (drafts.complete) checkReferences(drafts);
  for (const place of drafts.machines) readAt(place, () => readMachines(place, drafts));
  for (const file of reader.maps) attempt(file.file, problems, () => readSaltMap(file, loading));
  if (options.drivers) problems.push(...strangeKeys(drafts, options.drivers, (pointer) => locate(positions, pointer)));
  const [left] = drafts.absent.providers.keys();
  const first = drafts.providers.get(left ?? '');
  if (first !== undefined) tellAbsent(drafts.absent, first.place);
  return {
    providers: filledProviders(loading),
    profiles: [...drafts.profiles.values()].flatMap(({ input }) => input ?? []),
    maps: drafts.maps,
    absent: drafts.absent,
    problems: inOrder(problems),
    files: reader.files,
    looked,
    locate: (pointer) => locate(positions, pointer),
    pathOf: (content) => loading.attachments.get(content) ?? null,
  };
}

/** Reads files, each once, and those they include. */
class FileReader {
  /** Read so far, as people would write them. */
  readonly files: string[] = [];
  /** Salt maps, read when every profile is known. */
  readonly maps: TextFile[] = [];
  readonly #loading: Loading;
  readonly #seen = new Set<string>();

  constructor(loading: Loading) {
    this.#loading = loading;
  }

  /** False when the file could not be read as a whole. `within` are the files that led here. */
  read(config: ConfigFile, within: readonly string[] = []): boolean {
    const { path } = config;
    if (this.#seen.has(path)) return true;
    this.#seen.add(path);
    const { options, problems } = this.#loading;
    const file = displayPath(path, options.cwd);
    this.files.push(file);
    const read = readText(path);
    if ('text' in read) return this.#take({ ...config, file, text: read.text }, [...within, path]);
    problems.push(wholeFile(file, read.failure));
    return false;
  }

  #take(file: ConfigFile & TextFile, within: readonly string[]): boolean {
    const { problems, drafts } = this.#loading;
    const { format } = file;
    if (format === 'salt map' || (format === 'ours or map' && looksLikeMap(file.text))) {
      this.maps.push(file);
      return true;
    }
    const isOurs = format === 'ours' || format === 'ours or map';
    const text = isOurs ? file : plainYaml(file, this.#loading);
    const source = text && parseSource(text, isOurs ? '1.2' : '1.1', problems);
    if (source === null) return false;
    const reading = readingOf(source, isOurs ? 'ours' : 'salt', this.#loading);
    let includes: readonly Place[] = [];
    const complete = attempt(file.file, problems, () => {
      if (isOurs) readOurs(root(reading, ''), drafts);
      else includes = collectSalt(root(reading, format.slice('salt '.length)), format, drafts, file.directory);
    });
    const included = includes.flatMap((place) => includedFiles(place, within));
    return included.map((path) => this.read({ ...file, path }, within)).every(Boolean) && complete;
  }
}

function filledProviders({ drafts, options, problems, positions }: Loading): ProviderInput[] {
  const inputs = [...drafts.providers.values()].flatMap(({ input }) => input ?? []);
  if (!inputs.some(({ driver }) => driver === 'scaleway')) return inputs;
  const defaults = scalewayDefaults(options, problems);
  return inputs.map((input) => {
    if (input.driver !== 'scaleway') return input;
    const filled = withDefaults(input, defaults);
    const problem = options.drivers && withoutCredentials(filled, locate(positions, `providers.${input.name}`));
    if (problem) problems.push(problem);
    return filled;
  });
}

/** The place of a pointer, or of the nearest thing around it that is written. */
function locate(positions: ReadonlyMap<string, Position>, pointer: string): Position | null {
  const plain = pointer
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/^(providers\..+?)\.settings(?=\.|$)/, '$1')
    .replace(/^map\.machines\.(.+?)(?:\.overrides)?(?=\.|$)/, 'machines.$1');
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
