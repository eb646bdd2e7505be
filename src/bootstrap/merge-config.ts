import { isDeepStrictEqual } from 'node:util';
import { SalternError } from '../core/error.ts';

export type Tree = { readonly [key: string]: unknown };

/**
 * Two cloud-configs as one: mappings are merged, lists are appended (nothing twice). `invalid`, naming the key and never
 * its value, where both say something else: neither is overridden in silence.
 */
export function mergeConfig(ours: Tree, own: Tree, path: readonly string[] = []): Tree {
  const merged = new Map<string, unknown>(Object.entries(ours));
  for (const [key, value] of Object.entries(own)) {
    merged.set(key, key in ours ? mergeValue(ours[key], value, [...path, key]) : value);
  }
  return Object.fromEntries(merged);
}

function mergeValue(ours: unknown, own: unknown, path: readonly string[]): unknown {
  if (isTree(ours) && isTree(own)) return mergeConfig(ours, own, path);
  if (Array.isArray(ours) && Array.isArray(own)) {
    return [...ours, ...own.filter((item) => !ours.some((other) => isDeepStrictEqual(item, other)))];
  }
  if (isDeepStrictEqual(ours, own)) return ours;
  const key = path.join('.');
  throw new SalternError('invalid', `the user data sets ${key}, which must be as the controller sets it`, {
    field: 'user_data',
    hint: `Remove ${key} from the user data of the profile.`,
  });
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
