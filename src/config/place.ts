import { dirname, isAbsolute, join as joinPath, resolve } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import type { Position, Problem } from './bundle.ts';
import { positionAt, type Source, wholeFile } from './source.ts';

/** What reading one file needs and leaves. */
export interface Reading {
  readonly source: Source;
  /** Variables that `${NAME}` may name; null where the format has no such references (Salt's). */
  readonly env: NodeJS.ProcessEnv | null;
  /** What `sdb://` may lead to; null where the format has no such references (ours). */
  readonly sdb?: Sdb | null;
  readonly home: string;
  readonly cwd: string;
  readonly problems: Problem[];
  /** Pointer → where it stands, for `Bundle.locate`. */
  readonly positions: Map<string, Position>;
  /** Content → path of the files that were read because a file of configuration names them. */
  readonly attachments?: Map<string, string>;
  /** Aliases followed for what is being read: a few can stand for billions of nodes. */
  aliases: number;
  /** What each alias in the document stands for, once one was met. */
  targets?: ReadonlyMap<Node, Node | undefined>;
}

/** Salt's simple databases: their profiles, and the environment that one kind of them reads. */
export interface Sdb {
  find(profile: string): Place | null;
  readonly env: NodeJS.ProcessEnv;
}

/** One value in a file: a node, how people call it, and the key that leads there. */
export interface Place {
  readonly reading: Reading;
  readonly node: Node | null;
  readonly key: string;
  /** Dotted, from the top of the bundle: `profiles.web.ssh.port`. */
  readonly pointer: string;
  /** Offsets of the key, or of the item in a list. */
  readonly range: readonly [number, number];
  /** The entries, where several mappings were laid over each other (`mergeEntries`); else those of `node`. */
  readonly merged?: readonly Place[];
}

/** Thrown where a file cannot sensibly be read on; caught in `attempt`. */
class Unreadable extends Error {}

const MAX_ALIASES = 1000;

export function openReading(parts: Omit<Reading, 'aliases' | 'targets'>): Reading {
  return { ...parts, aliases: 0 };
}

/** Begins to count aliases anew: entries may be read again, for another profile or machine. */
export function readAfresh(entries: readonly Place[]): void {
  for (const { reading } of entries) reading.aliases = 0;
}

/** Reads a file, telling in one problem when that cannot be done at all. Whether it could. */
export function attempt(file: string, problems: Problem[], read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof Unreadable) problems.push(wholeFile(file, error.message));
    else if (error instanceof RangeError) problems.push(wholeFile(file, 'it is nested too deeply'));
    else throw error;
    return false;
  }
}

/** The same for what stands at one place; null when it cannot be read. */
export function readAt<T>(place: Place, read: () => T): T | null {
  const { source, problems } = place.reading;
  readAfresh([place]);
  let result: T | null = null;
  attempt(source.file, problems, () => {
    result = read();
  });
  return result;
}

export function root(reading: Reading, pointer: string): Place {
  const node = followed(reading, reading.source.document.contents);
  return { reading, node, key: '', pointer, range: [0, 1] };
}

/** The entries of a mapping, merge keys (`<<`) resolved; none when there is nothing; null after telling that it is no mapping. */
export function entriesOf(place: Place, expected = 'a mapping (key: value)'): Place[] | null {
  if (place.merged) return remembered(place, place.merged);
  if (isNothing(place.node)) return [];
  if (!isMap(place.node)) {
    wrongType(place, expected);
    return null;
  }
  const entries = new Map<string, Place>();
  const merged: Place[] = [];
  for (const pair of place.node.items as Pair<Node, Node | null>[]) {
    const entry = toEntry(place, pair);
    if (entry === null) continue;
    if (isScalar(pair.key) && typeof pair.key.value === 'symbol') merged.push(...mergedEntries(entry));
    else if (!entries.has(entry.key)) entries.set(entry.key, entry);
  }
  for (const { key, node, range } of merged) {
    const pointer = join(place.pointer, key);
    if (!entries.has(key)) entries.set(key, { ...place, key, node, range, pointer });
  }
  for (const entry of entries.values()) remember(entry);
  return [...entries.values()];
}

/** What is merged was written under another pointer, keeps it in messages, and is found under the new one as well. */
function remembered(place: Place, merged: readonly Place[]): Place[] {
  for (const entry of merged) place.reading.positions.set(join(place.pointer, entry.key), positionOf(entry));
  return [...merged];
}

/** The items of a list, numbered from 0; null after telling that it is no list. */
export function itemsOf(place: Place, expected: string): Place[] | null {
  if (!isSeq(place.node)) {
    wrongType(place, expected);
    return null;
  }
  return (place.node.items as (Node | null)[]).map((item, i) => {
    const entry: Place = {
      ...place,
      key: String(i),
      node: followed(place.reading, item),
      pointer: join(place.pointer, String(i)),
      range: rangeOf(item) ?? place.range,
    };
    remember(entry);
    return entry;
  });
}

/** The entry with a key, or null. */
export function childOf(place: Place, key: string): Place | null {
  return (isMapping(place) && entriesOf(place)?.find((entry) => entry.key === key)) || null;
}

/** The place under another pointer: where our words and the file's differ. */
export function renamed(place: Place, pointer: string): Place {
  const other = { ...place, pointer };
  remember(other);
  return other;
}

/** The path that a place names: relative to its file, `~/` is home. */
export function pathBeside(place: Place, written: string): string {
  const { source, home } = place.reading;
  if (written === '~' || written.startsWith('~/')) return joinPath(home, written.slice(1));
  return isAbsolute(written) ? written : resolve(dirname(source.path), written);
}

export function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

export function positionOf(place: Place): Position {
  return positionAt(place.reading.source, ...place.range);
}

type Advice = Pick<Problem, 'expected' | 'hint'> & {
  readonly nearest?: string | null;
  readonly level?: Problem['level'];
  /** Offsets to point at instead of the key. */
  readonly at?: readonly [number, number];
};

/** Records a problem. Messages name keys and words of the format, never a value of a setting. */
export function tell(place: Place, message: string, { nearest, level, at, ...advice }: Advice = {}): void {
  const position = at ? positionAt(place.reading.source, ...at) : positionOf(place);
  place.reading.problems.push({
    level: level ?? 'error',
    message,
    ...position,
    ...advice,
    ...(nearest && { nearest }),
  });
}

/** Tells of a key that nobody knows; returns the known one that was probably meant. */
export function unknownKey(place: Place, known: readonly string[], hint?: string): string | null {
  const meant = nearest(place.key, known);
  tell(place, `unknown key ${place.pointer}`, { expected: known.join(', '), nearest: meant, hint });
  return meant;
}

export function wrongType(place: Place, expected: string, hint?: string): void {
  tell(place, `${nameOf(place)} is ${kindOf(place.node)}`, { expected, hint, at: valueRange(place) });
}

/** How a place is called in messages: its pointer. */
export function nameOf(place: Place): string {
  return place.key === '' ? 'the file' : place.pointer;
}

/** The offsets of the value where it stands on a line of its own making, else of the key. */
export function valueRange(place: Place): readonly [number, number] {
  const range = isScalar(place.node) ? rangeOf(place.node) : null;
  return range && range[1] > range[0] ? range : place.range;
}

/** Whether it is a mapping, be it one of several laid over each other. */
export function isMapping(place: Place): boolean {
  return place.merged !== undefined || isMap(place.node);
}

function kindOf(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'empty';
  if (typeof node.value === 'boolean') return 'true or false';
  return typeof node.value === 'number' || typeof node.value === 'bigint' ? 'a number' : 'text';
}

function toEntry(place: Place, pair: Pair<Node, Node | null>): Place | null {
  const range = rangeOf(pair.key) ?? place.range;
  if (!isScalar(pair.key)) {
    tell(place, 'a key must be text', { at: range });
    return null;
  }
  const key = typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value));
  return { ...place, key, range, node: followed(place.reading, pair.value), pointer: join(place.pointer, key) };
}

function mergedEntries(entry: Place): Place[] {
  const parts = isSeq(entry.node) ? itemsOf(entry, 'mappings') : [entry];
  return (parts ?? []).flatMap((part) => entriesOf(part, 'a mapping to merge in') ?? []);
}

function followed(reading: Reading, node: Node | null): Node | null {
  let found: Node | null = node;
  while (isAlias(found)) {
    reading.aliases += 1;
    if (reading.aliases > MAX_ALIASES) throw new Unreadable('its aliases (*name) stand for far too much');
    reading.targets ??= targetsIn(reading.source.document);
    const target = reading.targets.get(found);
    if (target === undefined) throw new Unreadable(`the alias "*${found.source}" names no anchor`);
    found = target;
  }
  return found;
}

/** In one walk: the library would walk through all of the document for each alias. */
function targetsIn(document: Document): Map<Node, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node | undefined>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function rangeOf(node: Node | null | undefined): readonly [number, number] | null {
  return node?.range ? [node.range[0], node.range[1]] : null;
}

function remember(place: Place): void {
  place.reading.positions.set(place.pointer, positionOf(place));
}

function join(pointer: string, key: string): string {
  return pointer === '' ? key : `${pointer}.${key}`;
}
