import { globSync } from 'node:fs';
import { isSeq } from 'yaml';
import { itemsOf, type Place, pathBeside, tell, valueRange } from './place.ts';
import { text } from './readers.ts';
import { displayPath } from './source.ts';

/** The files that an `include` names: relative to its file, `~/` is home, wildcards in the order of the alphabet. */
export function includedFiles(place: Place, within: readonly string[]): string[] {
  const items = isSeq(place.node) ? (itemsOf(place, 'a list of files') ?? []) : [place];
  return items.flatMap((item) => {
    const written = text(item);
    if (written === undefined) return [];
    const at = valueRange(item);
    const paths = globSync(pathBeside(item, written)).sort();
    if (paths.length === 0) {
      const hint = `Looked for ${pathBeside(item, written)}.`;
      tell(item, `"include: ${written}" names no file`, { level: 'warning', hint, at });
    }
    return paths.filter((path) => {
      if (!within.includes(path)) return true;
      const circle = [...within.slice(within.indexOf(path)), path].map((it) => displayPath(it, place.reading.cwd));
      tell(item, `the file includes itself: ${circle.join(' → ')}`, { at });
      return false;
    });
  });
}
