import { dirname, resolve } from 'node:path';
import { LineCounter } from 'yaml';
import { str } from '../lib/jinja/print.ts';
import { render } from '../lib/jinja/render.ts';
import { Dict, JinjaError, Thing, type Value } from '../lib/jinja/values.ts';
import type { Position, Problem } from './bundle.ts';
import { asValue, loaded } from './jinja-data.ts';
import { SALT_FILTERS, SALT_TESTS } from './jinja-filters.ts';
import { placeAt, positionsOf, type Template } from './jinja-lines.ts';
import { REFUSED } from './jinja-refused.ts';
import { displayPath, readText, wholeFile } from './source.ts';

/** What a template gave, and where each part of it was written. */
export interface Rendered {
  readonly text: string;
  /** The place in the template of what stands from `start` to `end` (offsets) in the text. */
  positionOf(start: number, end: number): Position;
}

export interface TemplateFile {
  readonly path: string;
  readonly file: string;
  readonly text: string;
}

export interface JinjaOptions {
  readonly cwd: string;
  /** What the template sees as `opts`: the main file's settings. */
  readonly opts?: Readonly<Record<string, unknown>>;
  /** What else it sees: a deploy script of Salt's has `vm` and `minion`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Some hundred thousand machines, or a second; what is made, in characters. */
const LIMITS = { steps: 5_000_000, bytes: 256 * 2 ** 20 };
/** Where Salt keeps the files that its own templates name, when they do not lie beside. */
const FILE_ROOT = '/srv/salt';

/**
 * Renders Salt's Jinja. Never throws for what stands in the template: that is the one problem told, at its line. Salt gives
 * maps no functions, grains or pillar of their own, thus these are empty; what may be imported lies beside the template.
 */
export function renderJinja(file: TemplateFile, options: JinjaOptions): Rendered | { readonly problem: Problem } {
  const templates = [templateOf(file)];
  try {
    const rendered = render(surroundings(templates, options));
    // Salt puts back the line break that Jinja takes from the end.
    const text = file.text.endsWith('\n') ? `${rendered.text}\n` : rendered.text;
    return { text, positionOf: positionsOf(templates, { ...rendered, text }) };
  } catch (error) {
    return { problem: problemOf(templates, error, file.file) };
  }
}

type Surroundings = Parameters<typeof render>[0];

function surroundings(templates: Template[], options: JinjaOptions): Surroundings {
  const read = (name: string, from: number) => fileFor(name, [templates[from], templates[0]]);
  return {
    filters: SALT_FILTERS,
    tests: SALT_TESTS,
    refused: REFUSED,
    globals: new Map([...SALT_GLOBALS, ...contextOf(templates[0]?.path ?? '', options)]),
    limits: LIMITS,
    text: (template) => templates[template]?.text ?? '',
    find: (name, from) => {
      const found = read(name, from);
      if (found === null) return null;
      const known = templates.findIndex(({ path }) => path === found.path);
      if (known >= 0) return known;
      return templates.push(templateOf({ ...found, file: displayPath(found.path, options.cwd) })) - 1;
    },
    data: (form, name, from) => {
      const found = read(name, from);
      if (found === null)
        throw new JinjaError(`there is no file "${name}"`, 'It is looked for beside this file, and in /srv/salt.');
      return form === 'text' ? found.text : loaded(found.text, form === 'json' ? 'json' : 'yaml');
    },
  };
}

function contextOf(path: string, { opts = {}, variables = {} }: JinjaOptions): [string, Value][] {
  const context = { ...EMPTY, tplpath: path, tplfile: path, opts, ...variables };
  return Object.entries(context).map(([name, value]) => [name, asValue(value)]);
}

/** What Salt has of a map itself: next to nothing. */
const EMPTY = {
  ...{ salt: {}, grains: {}, pillar: {}, saltenv: 'base', sls: '' },
  ...{ tpldir: '.', tpldot: '', slspath: '', sls_path: '', slsdotpath: '', slscolonpath: '' },
};

const SALT_GLOBALS: readonly (readonly [string, Value])[] = [
  [
    'raise',
    new Thing('raise', ({ places: [message = ''] }) => {
      throw new JinjaError(`the template says: ${str(message)}`);
    }),
  ],
  ...['lipsum', 'show_full_context'].map((name) => [name, new Thing(name, () => refuse(name))] as const),
  ['odict', new Thing('odict', ({ places: [pairs] }) => new Dict(pairs instanceof Dict ? pairs.entries() : []))],
];

function refuse(name: string): never {
  throw new JinjaError(`there is no ${name} here`);
}

function templateOf({ path, file, text }: TemplateFile): Template {
  const normal = text.replace(/\r\n?/g, '\n');
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = normal.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  return { path, file, text: normal, lines };
}

/** Beside the template that names it, beside the first one, or in Salt's file root. */
function fileFor(name: string, near: readonly (Template | undefined)[]): { path: string; text: string } | null {
  const written = name.replace(/^salt:\/\//, '');
  for (const directory of [...near.flatMap((it) => (it ? [dirname(it.path)] : [])), FILE_ROOT]) {
    const path = resolve(directory, written);
    const read = readText(path);
    if ('text' in read) return { path, text: read.text };
  }
  return null;
}

/** What fails, at its place; `salt`, `grains` and `pillar` have a hint of their own. */
function problemOf(templates: readonly Template[], error: unknown, file: string): Problem {
  if (!(error instanceof JinjaError)) throw error;
  const template = templates[error.place?.template ?? 0];
  if (template === undefined || error.place === null) return wholeFile(file, error.message);
  const { start, end } = error.place;
  const line = template.text.slice(template.text.lastIndexOf('\n', start) + 1).split('\n', 1)[0] ?? '';
  const isMissing = /is not defined|has no|cannot be called/.test(error.message);
  const hint = error.hint ?? (isMissing ? HINTS.find(([pattern]) => pattern.test(line))?.[1] : undefined);
  return { level: 'error', message: error.message, ...placeAt(template, start, end), ...(hint && { hint }) };
}

/** What is in the template's line → what to do. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/\bsalt\s*[.[]/, "Salt's functions cannot be called here; nor can they in a map of Salt's: `salt` is empty there."],
  [
    /\b(?:grains|pillar)\s*[.[]/,
    'There are no grains or pillar here; nor are there in a map of Salt’s: use default(…).',
  ],
];
