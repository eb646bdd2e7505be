import { type Builtins, bound } from './builtin.ts';
import { located } from './evaluate.ts';
import { type Execution, execute, runTemplate } from './execute.ts';
import { FILTERS } from './filters.ts';
import { GLOBALS } from './globals.ts';
import { Limits } from './limits.ts';
import { parseTemplate } from './parser.ts';
import { type Mark, Output, Scope } from './scope.ts';
import type { Body } from './syntax.ts';
import { TESTS } from './tests.ts';
import { type Arguments, JinjaError, Undefined, type Value } from './values.ts';

/** What templates are rendered in. */
export interface Surroundings {
  /** Beside Jinja's own; of the same name they win. */
  readonly filters: Builtins;
  readonly tests: Builtins<boolean>;
  /** What else there is by name, in Salt, and why it is not here. */
  readonly refused: Readonly<Record<string, string>>;
  readonly globals: ReadonlyMap<string, Value>;
  /** The text of a template by its number; the main one is 0. */
  text(template: number): string;
  /** The number of the template that another one asks for by name; null when there is none. */
  find(name: string, from: number): number | null;
  /** What `import_yaml` and the like give. */
  data(form: string, name: string, from: number): Value;
  readonly limits: { readonly steps: number; readonly bytes: number };
}

export interface RenderedText {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/**
 * Renders Jinja 3.1 as a Python program prints it. The one error that is thrown is a JinjaError with its place. The last line break
 * of a template is not its own, as in Jinja.
 */
export function render(around: Surroundings): RenderedText {
  const it = execution(around);
  const output = new Output();
  try {
    const main = it.template('', -1);
    runTemplate(it, new Scope(0, it.globals), main?.body ?? [], output);
    return { text: output.text, marks: output.marks };
  } catch (error) {
    throw located(error, 0, { start: 0, end: 1 });
  }
}

function execution(around: Surroundings): Execution {
  const limits = new Limits(around.limits.steps, around.limits.bytes);
  const parsed = new Map<number, Body>();
  const filters = { ...FILTERS, ...around.filters };
  const tests = { ...TESTS, ...around.tests };
  const globals = new Scope(-1, null);
  const sourceOf = (template: number) => around.text(template).replace(/\n$/, '');
  const bodyOf = (index: number) => {
    const body = parsed.get(index) ?? parsedTemplate(sourceOf(index), index);
    parsed.set(index, body);
    return { index, body };
  };
  const it: Execution = {
    limits,
    globals,
    blocks: new Map(),
    written: (template, start, end) => around.text(template).slice(start, end),
    run: (scope, body, output) => execute(it, scope, body, output),
    data: around.data,
    template: (name, from) => {
      const index = from < 0 ? 0 : around.find(name, from);
      return index === null ? null : bodyOf(index);
    },
    filter: (name, value, args) => {
      const found = builtin(filters, name) ?? unknown('filter', name, around.refused);
      if (value instanceof Undefined && !TAKES_NOTHING.has(name)) value.needed();
      return work(found, `the filter ${name}`, value, args);
    },
    test: (name, value, args) => {
      if (name === 'filter') return builtin(filters, String(value)) !== undefined;
      if (name === 'test') return builtin(tests, String(value)) !== undefined;
      const found = builtin(tests, name) ?? unknown('test', name, around.refused);
      return work(found, `the test ${name}`, value, args);
    },
  };
  const work = <Result>(
    [parameters, run]: Builtins<Result>[string],
    who: string,
    value: Value,
    args: Arguments,
  ): Result => run(it, value, ...bound(parameters, args, who));
  for (const [name, value] of [...GLOBALS, ...around.globals]) globals.set(name, value);
  return it;
}

/** What is not defined may go through these. */
const TAKES_NOTHING = new Set(['default', 'd', 'items']);

function builtin<Result>(table: Builtins<Result>, name: string): Builtins<Result>[string] | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function unknown(kind: string, name: string, refused: Surroundings['refused']): never {
  throw new JinjaError(`there is no ${kind} ${name}`, Object.hasOwn(refused, name) ? refused[name] : undefined);
}

function parsedTemplate(source: string, template: number): Body {
  try {
    return parseTemplate(source);
  } catch (error) {
    throw located(error, template, { start: 0, end: 1 });
  }
}
