import { invalid } from './errors.ts';
import type { Stored } from './world/store.ts';
import type { World } from './world/world.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** How faults change what this one request sees. */
export interface Sight {
  /** Lists come back empty. */
  readonly emptyLists: boolean;
  /** The key belongs to another project: nothing of ours is visible. */
  readonly foreign: boolean;
  /** What this request creates stays invisible until this emulated time; 0 means visible at once. */
  readonly visibleAt: number;
}

export const PLAIN_SIGHT: Sight = { emptyLists: false, foreign: false, visibleAt: 0 };

/** One authenticated request, parsed. */
export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly raw: string;
  readonly sight: Sight;
}

export const param = (call: Call, name: string): string => call.params[name] ?? '';

/** Zone or region of the request, empty for global products. */
export const place = (call: Call): string => call.params['zone'] ?? call.params['region'] ?? '';

/** The JSON object in the request body; an empty body counts as {}. */
export function fields(call: Call): Fields {
  if (call.raw.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(call.raw);
    if (isFields(parsed)) return parsed;
  } catch {
    // Falls through to the answer of the real API for anything that is no JSON object.
  }
  throw invalid('body', 'body is not a valid JSON object', 'format');
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (body: Fields, name: string): string | null => {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalid(name, 'expected a string', 'format');
  return value;
};

export const flag = (body: Fields, name: string): boolean | null => {
  const value = body[name];
  return typeof value === 'boolean' ? value : null;
};

export const count = (body: Fields, name: string): number | null => {
  const value = body[name];
  return typeof value === 'number' ? value : null;
};

export const texts = (body: Fields, name: string): string[] | null => {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw invalid(name, 'expected a list of strings', 'format');
  }
  return value;
};

export const section = (body: Fields, name: string): Fields => {
  const value = body[name];
  return isFields(value) ? value : {};
};

/** Items of a store that this request may list: its place, its project, visible by now, all tags present. */
export function listed<T extends Stored>(call: Call, items: Iterable<T>): T[] {
  if (call.sight.emptyLists || call.sight.foreign) return [];
  const now = call.world.clock.now();
  const tags = call.query
    .getAll('tags')
    .flatMap((value) => value.split(','))
    .filter((tag) => tag !== '');
  const name = call.query.get('name');
  const project = call.query.get('project') ?? call.query.get('project_id');
  const organization = call.query.get('organization') ?? call.query.get('organization_id');
  return [...items].filter(
    (item) =>
      item.place === place(call) &&
      item.visibleAt <= now &&
      (!name || item.name.includes(name)) &&
      (!project || item.project === project) &&
      (!organization || call.world.organization === organization) &&
      tags.every((tag) => item.tags.includes(tag)),
  );
}
