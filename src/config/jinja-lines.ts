import type { Position } from './bundle.ts';
import { MARKS, type Prepared, type Template } from './jinja-source.ts';
import { positionAt } from './source.ts';

export interface Mark {
  /** Offset in the rendered text. */
  readonly at: number;
  readonly template: number;
  readonly line: number;
}

/** A text without its marks, and where they were. */
export function unmarked(marked: string): { text: string; places: Mark[] } {
  const places: Mark[] = [];
  let removed = 0;
  const text = marked.replace(MARKS, (mark, template: string, line: string, offset: number) => {
    places.push({ at: offset - removed, template: Number(template), line: Number(line) });
    removed += mark.length;
    return '';
  });
  return { text, places };
}

/** How a place in what was rendered is found in its templates. */
export function positionsOf(
  { templates }: Prepared,
  text: string,
  places: readonly Mark[],
): (start: number, end: number) => Position {
  return (start, end) => {
    // A mark stands behind the space that its line begins with.
    const space = /[^\S\n]*/y;
    space.lastIndex = start;
    space.exec(text);
    const mark = places[lastAt(places, Math.max(start, space.lastIndex))] ?? places[0];
    const template = templates[mark?.template ?? 0];
    if (template === undefined || mark === undefined) return nowhere(template?.file ?? '');
    const word = text.slice(start, end).split('\n')[0] ?? '';
    return placeIn(template, mark.line, word);
  };
}

/** The last one at or before an offset, by halves: a map of thousands asks for thousands. */
function lastAt(places: readonly Mark[], offset: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.at ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The word in its line, or the tag that gave it. */
export function placeIn(template: Template, line: number, word: string, near = 0): Position {
  const start = template.lines.lineStarts[line - 1] ?? 0;
  const end = template.text.indexOf('\n', start);
  const whole = template.text.slice(start, end < 0 ? undefined : end);
  const tag = whole.search(/\{[{%]/);
  const found = nearestIndex(whole, word, near);
  if (found < 0) {
    const at = start + Math.max(0, tag < 0 ? whole.search(/\S/) : tag);
    return positionAt(template, at, at + (tag < 0 ? 1 : 2));
  }
  const position = positionAt(template, start + found, start + found + word.length);
  const opened = Math.max(whole.lastIndexOf('{{', found), whole.lastIndexOf('{%', found));
  const closed = Math.max(whole.lastIndexOf('}}', found), whole.lastIndexOf('%}', found));
  if (opened < 0 || closed > opened || position.excerpt === null) return position;
  // Within a tag only texts may be secrets.
  const shown = whole.slice(opened, found).replace(/"[^"]*"|'[^']*'/g, (quoted) => '*'.repeat(quoted.length));
  return { ...position, excerpt: position.excerpt.slice(0, opened) + shown + position.excerpt.slice(found) };
}

/** Where the word stands in its line: the engine's column is of its own words. */
function nearestIndex(line: string, word: string, near: number): number {
  let best = -1;
  for (let at = word === '' ? -1 : line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
  }
  return best;
}

function nowhere(file: string): Position {
  return { file, line: 0, column: 0, length: 0, excerpt: null };
}
