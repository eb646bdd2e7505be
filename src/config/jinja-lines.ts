import type { LineCounter } from 'yaml';
import type { RenderedText } from '../lib/jinja/render.ts';
import type { Mark } from '../lib/jinja/scope.ts';
import type { Position } from './bundle.ts';
import { positionAt } from './source.ts';

/** A template file, with its lines. */
export interface Template {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

/** How a place in what was rendered is found in its templates. */
export function positionsOf(
  templates: readonly Template[],
  { text, marks: places }: RenderedText,
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
function placeIn(template: Template, line: number, word: string): Position {
  const start = template.lines.lineStarts[line - 1] ?? 0;
  const end = template.text.indexOf('\n', start);
  const whole = template.text.slice(start, end < 0 ? undefined : end);
  const found = word === '' ? -1 : whole.indexOf(word);
  if (found >= 0) return placeAt(template, start + found, start + found + word.length);
  const tag = whole.search(/\{[{%]/);
  const at = start + Math.max(0, tag < 0 ? whole.search(/\S/) : tag);
  return positionAt(template, at, at + (tag < 0 ? 1 : 2));
}

/** A place in a template. Within a tag only texts may be secrets: all else before it is shown. */
export function placeAt(template: Template, start: number, end: number): Position {
  const position = positionAt(template, start, end);
  const lineStart = template.text.lastIndexOf('\n', start - 1) + 1;
  const before = template.text.slice(lineStart, start);
  const opened = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const closed = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  if (opened < 0 || closed > opened || position.excerpt === null) return position;
  const shown = before.slice(opened).replace(/"[^"]*"|'[^']*'/g, (quoted) => '*'.repeat(quoted.length));
  return { ...position, excerpt: position.excerpt.slice(0, opened) + shown + position.excerpt.slice(before.length) };
}

function nowhere(file: string): Position {
  return { file, line: 0, column: 0, length: 0, excerpt: null };
}
