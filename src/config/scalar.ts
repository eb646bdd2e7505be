import { isScalar } from 'yaml';
import { type Place, wrongType } from './place.ts';

/** Takes a value from its place; undefined after it has told what is wrong. */
export type Reader<T> = (place: Place) => T | undefined;

/** Text as it stands: scripts have `${…}` of their own. */
export const verbatim: Reader<string> = (place) => {
  const { node } = place;
  if (!isScalar(node) || node.value === null) return void wrongType(place, 'text');
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
};
