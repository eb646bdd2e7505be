import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Environment } from 'minijinja-js';
import type { Position, Problem } from './bundle.ts';
import { problemOf } from './jinja-errors.ts';
import { FILTERS, FilterError, TESTS } from './jinja-filters.ts';
import { placeIn, positionsOf, unmarked } from './jinja-lines.ts';
import { type Prepared, prepare, type TemplateFile } from './jinja-source.ts';
import { displayPath, wholeFile } from './source.ts';

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
  if (open) {
    return { problem: { level: 'error', message: 'this tag is left open', ...placeIn(open.template, open.line, '') } };
  }
  const context = {
    salt: {},
    grains: {},
    pillar: {},
    opts: options.opts ?? {},
    saltenv: 'base',
    sls: '',
    ...options.variables,
    ...prepared.data,
  };
  const plain = render(prepared, 'plain', context);
  if ('error' in plain) {
    const inside = (index: number) => {
      const alone = render(prepared, 'plain', context, index);
      return 'error' in alone ? alone.error : null;
    };
    return { problem: problemOf(prepared, plain.error, FUEL, inside) ?? exhausted(file.file) };
  }
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

/** The engine is of no use after that: a new one is made the next time. */
function exhausted(file: string): Problem {
  delete load.cache[load.resolve(ENGINE)];
  return wholeFile(file, 'the template asks for too much memory (256 MiB)');
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

/** In pages of 64 KiB: 256 MiB. Without a limit a text that doubles in a loop takes all the computer has. */
const MAX_PAGES = 4096;
const load = createRequire(import.meta.url);

function newEngine(failures: string[]): Environment {
  setFlagsFromString(`--wasm-max-mem-pages=${MAX_PAGES}`);
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
