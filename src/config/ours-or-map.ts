import { isMap, isScalar } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import { parseSource } from './source.ts';

export const SECTIONS = ['providers', 'profiles', 'machines'] as const;

/**
 * Whether a file is a Salt map (profile → machines) rather than one of ours. It is ours when it has a section of ours, or
 * looks as if it wanted to: then what is wrong is better told in our words.
 */
export function looksLikeMap(text: string): boolean {
  if (new RegExp(`^(${SECTIONS.join('|')})\\s*:`, 'm').test(text)) return false;
  if (/\{%|\{\{/.test(text)) return true;
  const contents = parseSource({ path: '', file: '', text }, '1.1', [])?.document.contents;
  if (!isMap(contents)) return false;
  return contents.items.length > 0 && !contents.items.some(({ key, value }) => wantsToBeOurs(key, value));
}

function wantsToBeOurs(key: unknown, value: unknown): boolean {
  const word = isScalar(key) ? String(key.value) : '';
  const isSection = nearest(word, SECTIONS) !== null && Math.abs(word.length - 8) <= 2;
  return isSection || (isMap(value) && (value.has('driver') || value.has('provider')));
}
