import { createRequire } from 'node:module';
import type { Environment } from 'minijinja-js';
import type { Position, Problem } from './bundle.ts';
import { FILTERS, FilterError, TESTS } from './jinja-filters.ts';
import { MARKS, type Prepared, prepare, type Template, type TemplateFile } from './jinja-source.ts';
import { NOTHING } from './jinja-strict.ts';
import { displayPath, positionAt, wholeFile } from './source.ts';

/** What a template gave, and where each part of it was written. */
export interface Rendered {
  readonly text: string;
  /** The place in the template of what stands from `start` to `end` (offsets) in the text. */
  positionOf(start: number, end: number): Position;
}

export interface JinjaOptions {
  readonly cwd: string;
  /** What the template sees as `opts`: the main file's settings. */
  readonly opts?: Readonly<Record<string, unknown>>;
  /** What else it sees: a deploy script of Salt's has `vm` and `minion`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Instructions of the engine: some hundred thousand machines, or a third of a second. */
const FUEL = 5_000_000;
const FAILURE = /\ue002(\d+)\ue003/;
const ENGINE = 'minijinja-js';

/**
 * Renders Salt's Jinja. Never throws for what stands in the template: that is the one problem told, at its line. Salt gives
 * maps no functions, grains or pillar of their own, thus these are empty; what may be imported lies beside the template.
 */
export function renderJinja(file: TemplateFile, options: JinjaOptions): Rendered | { readonly problem: Problem } {
  const prepared = prepare(file, (path) => displayPath(path, options.cwd));
  const [open] = prepared.open;
  if (open)
    return { problem: { level: 'error', message: 'this tag is left open', ...lineOf(open.template, open.line, '') } };
  const context = {
    salt: {},
    grains: {},
    pillar: {},
    opts: options.opts ?? {},
    saltenv: 'base',
    sls: '',
    ...options.variables,
    ...options.variables,
    ...prepared.data,
  };
  const plain = render(prepared, 'plain', context);
  if ('error' in plain) return { problem: problemOf(prepared, plain.error, context) };
  const marked = render(prepared, 'marked', context);
  const { text, places } = 'text' in marked ? unmarked(marked.text) : { text: '', places: [] };
  // A template can tell that it is marked, by counting what it captured: then nothing is known of its lines.
  const rendered = {
    text: plain.text,
    positionOf: positionsOf(prepared, plain.text, text === plain.text ? places : []),
  };
  const failure = FAILURE.exec(plain.text);
  if (failure === null) return rendered;
  const place = rendered.positionOf(failure.index, failure.index + 1);
  return { problem: { level: 'error', message: plain.failures[Number(failure[1])] ?? '', ...place } };
}

type Outcome = { readonly text: string; readonly failures: readonly string[] } | { readonly error: unknown };

function render({ templates }: Prepared, form: 'plain' | 'marked', context: object, main = 0): Outcome {
  const failures: string[] = [];
  try {
    const environment = newEngine(failures);
    templates.forEach((template, index) => {
      try {
        environment.addTemplate(String(index), template[form]);
      } catch (error) {
        if (index === main) throw error;
      }
    });
    return { text: environment.renderTemplate(String(main), context), failures };
  } catch (error) {
    return { error };
  }
}

const load = createRequire(import.meta.url);

function newEngine(failures: string[]): Environment {
  const { Environment } = load(ENGINE) as typeof import('minijinja-js');
  const environment = new Environment();
  environment.enablePyCompat();
  environment.debug = true;
  environment.undefinedBehavior = 'strict';
  environment.keepTrailingNewline = true;
  environment.fuel = FUEL;
  // Whatever is thrown inside the engine breaks it for good: failures come out as a part of the text.
  const safe =
    (work: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      try {
        return work(...args);
      } catch (error) {
        const message = error instanceof FilterError ? error.message : 'this filter cannot work on this value';
        return `\ue002${failures.push(message) - 1}\ue003`;
      }
    };
  for (const [name, filter] of Object.entries(FILTERS)) environment.addFilter(name, safe(filter));
  for (const [name, test] of Object.entries(TESTS)) environment.addTest(name, safe(test));
  environment.addGlobal('raise', safe(raise));
  return environment;
}

function raise(message: unknown): never {
  throw new FilterError(`the template says: ${String(message)}`);
}

interface Mark {
  /** Offset in the rendered text. */
  readonly at: number;
  readonly template: number;
  readonly line: number;
}

function unmarked(marked: string): { text: string; places: Mark[] } {
  const places: Mark[] = [];
  let removed = 0;
  const text = marked.replace(MARKS, (mark, template: string, line: string, offset: number) => {
    places.push({ at: offset - removed, template: Number(template), line: Number(line) });
    removed += mark.length;
    return '';
  });
  return { text, places };
}

function positionsOf({ templates }: Prepared, text: string, places: readonly Mark[]): Rendered['positionOf'] {
  return (start, end) => {
    // A mark stands behind the space that its line begins with.
    const space = /[^\S\n]*/y;
    space.lastIndex = start;
    space.exec(text);
    const mark = places[lastAt(places, Math.max(start, space.lastIndex))] ?? places[0];
    const template = templates[mark?.template ?? 0];
    if (template === undefined || mark === undefined) return nowhere(template?.file ?? '');
    const word = text.slice(start, end).split('\n')[0] ?? '';
    return lineOf(template, mark.line, word);
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
function lineOf(template: Template, line: number, word: string, near = 0): Position {
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

const SAYS: readonly (readonly [RegExp, (found: string, word: string) => string])[] = [
  [/^undefined value/, (_, word) => (word ? `"${word}" is not defined` : 'something here is not defined')],
  [/^engine ran out of fuel/, () => `the template does not come to an end (${FUEL.toLocaleString('en')} steps)`],
  [/^unknown (?:filter|test|function): (.*) is unknown/, (found) => `there is no ${found}`],
  [/^could not render include/, () => 'the template includes itself'],
  [/^template not found: .*?("[^"]*")/, (found) => `there is no template ${found}`],
  [/^invalid operation: value of type undefined is not callable/, (_, word) => `"${word}" calls what is not there`],
  [/^(?:syntax error|invalid operation|unknown method)(?:: )?(.*)/, (found) => `the template fails: ${found}`],
];

/** The engine's error in our words, at the place it names. */
function problemOf(prepared: Prepared, error: unknown, context: object): Problem {
  const said = error instanceof Error ? error.message : '';
  const [first = ''] = said.split('\n', 1);
  const [, detail = first, index = '0', line] = /^(.*?)(?: \(in (\d+):(\d+)\))?$/.exec(first) ?? [];
  const template = prepared.templates[Number(index)];
  if (line === undefined || template === undefined) {
    // The engine is of no use after that: a new one is made the next time.
    delete load.cache[load.resolve(ENGINE)];
    return wholeFile(prepared.templates[0]?.file ?? '', 'the template asks for more memory than there is');
  }
  const inner = /(?:error in|non-existing template) "(\d+)"/.exec(detail)?.[1];
  if (inner !== undefined && inner !== index) {
    const inside = render(prepared, 'plain', context, Number(inner));
    if ('error' in inside) return problemOf(prepared, inside.error, context);
  }
  const { word, column } = pointedAt(said, line);
  const place = lineOf(template, Number(line), word, column);
  const rule = SAYS.find(([pattern]) => pattern.test(detail));
  const message = rule ? rule[1](rule[0].exec(detail)?.[1] ?? '', word) : `the template fails: ${detail}`;
  const hint = hintFor(template.text.split('\n')[Number(line) - 1] ?? '', detail);
  return { level: 'error', message, ...place, ...(hint && { hint }) };
}

function hintFor(line: string, detail: string): string | null {
  if (/\bsalt\s*[.[]/.test(line))
    return "A map cannot call Salt's functions, nor can it in Salt: its `salt` is empty there.";
  if (/\b(grains|pillar)\s*[.[]/.test(line))
    return 'A map has no grains or pillar, nor has it in Salt: use default(…).';
  if (/^template not found/.test(detail)) return 'It is looked for beside this file, and in /srv/salt.';
  return null;
}

/** What the engine underlines in its report, to the left up to where the name begins, and where. */
function pointedAt(report: string, line: string): { word: string; column: number } {
  const lines = report.split('\n');
  const at = lines.findIndex((it) => it.trimStart().startsWith(`${line} >`));
  const [shown = '', below = ''] = lines.slice(at, at + 2);
  const caret = at < 0 ? null : /^\s*i\s+(\^+)/.exec(below);
  if (!caret?.[1]) return { word: '', column: 0 };
  const end = caret[0].length;
  let start = end - caret[1].length;
  if (/[.[]/.test(shown[start] ?? '')) start -= /(?:[\w.]|\[[^\]]*\])*$/.exec(shown.slice(0, start))?.[0].length ?? 0;
  const word = shown.slice(start, end).trim();
  const name = word.endsWith(NOTHING) ? word.slice(0, -NOTHING.length) : word;
  return { word: name, column: start - shown.indexOf('>') - 2 };
}
