import { basename } from 'node:path';
import { nameOf, type Place, pathBeside, tell, valueRange } from './place.ts';
import { text } from './readers.ts';
import { readText } from './source.ts';

/** A file that a configuration file names, read where it stands. */
export interface Attached {
  readonly name: string;
  readonly path: string;
  readonly content: string;
}

/** Reads the file a place names: relative to the configuration file, `~/` is home. Undefined after telling why not. */
export function attached(place: Place): Attached | undefined {
  const written = text(place);
  return written === undefined ? undefined : attach(place, [pathBeside(place, written)]);
}

/** The first of several paths that is there; the first one is named when none is. */
export function attach(place: Place, paths: readonly string[]): Attached | undefined {
  let failure = '';
  for (const path of paths) {
    const read = readText(path);
    if ('text' in read) {
      place.reading.attachments?.set(read.text, path);
      return { name: basename(path), path, content: read.text };
    }
    if (failure === '') failure = read.failure;
  }
  const hint = paths.length > 1 ? `Looked for ${paths.join(', ')}.` : `Looked for ${paths[0]}.`;
  tell(place, `${nameOf(place)} cannot be read: ${failure}`, { hint, at: valueRange(place) });
  return undefined;
}
