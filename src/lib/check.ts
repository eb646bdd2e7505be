import { nearest } from './nearest.ts';

/** What is wrong with an input, for a person. Never repeats the value at fault: it could be a secret. */
export interface Problem {
  /** Dotted path of the part at fault; an array element that has a name is called by it (a machine's may have dots). */
  readonly field: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The part of a zod issue that is read here (zod 4: `inst` and `input` are only there while the message is made). */
interface Issue {
  readonly code?: string;
  readonly path?: readonly PropertyKey[];
  readonly message?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  readonly discriminator?: string;
  readonly options?: readonly unknown[];
  readonly input?: unknown;
  readonly inst?: unknown;
}

type Explain = (issue: Issue) => string | undefined;

/**
 * Parses by a zod schema (in the domain's words: a `Schema`), or tells the first problem, with the nearest allowed word, and all
 * of them.
 */
export function check<T>(
  schema: { parse(value: unknown): T },
  value: unknown,
):
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem; readonly all: readonly Problem[] } {
  const hints = new Map<string, string>();
  const shapes = new Map<string, readonly string[]>();
  const error: Explain = (issue) => {
    const told = explain(issue);
    if (told?.hint) hints.set(keyOf(issue), told.hint);
    if (issue.keys) shapes.set(keyOf(issue), shapeKeys(issue.inst));
    return told?.message;
  };
  try {
    // Every zod schema takes an error map as its second argument; other checkers ignore it.
    const parse: (value: unknown, options: { error: Explain }) => T = schema.parse.bind(schema);
    return { ok: true, value: parse(value, { error }) };
  } catch (thrown) {
    if (!hasIssues(thrown)) throw thrown;
    const { issues } = thrown;
    const all = issues.flatMap((issue) => {
      const known = shapes.get(keyOf(issue)) ?? [];
      const parts = issue.keys?.map((key) => ({
        ...issue,
        path: [...(issue.path ?? []), key],
        ...unknownKey(key, known),
      }));
      return (parts ?? [{ ...issue, hint: hints.get(keyOf(issue)) ?? null }]).map(({ path = [], message, hint }) => {
        return { field: fieldOf(path, value), message: message ?? 'is wrong', hint };
      });
    });
    return { ok: false, problem: problemOf(issues, value, hints), all };
  }
}

function problemOf(issues: readonly Issue[], value: unknown, hints: ReadonlyMap<string, string>): Problem {
  // A key that is not known is mostly one that is missing, misspelt.
  const told = issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0] ?? {};
  const path = [...(told.path ?? []), ...(told.keys ?? []).slice(0, 1)];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const message = `${told.message ?? 'is wrong'}${more}`;
  return { field: fieldOf(path, value), message, hint: hints.get(keyOf(told)) ?? null };
}

function keyOf({ code, path = [] }: Issue): string {
  return `${code} ${path.map(String).join('.')}`;
}

/** Our words for what zod says most; null leaves the words to the schema or to zod. */
function explain(issue: Issue): { message: string; hint: string | null } | null {
  const { code, input } = issue;
  switch (code) {
    case 'unrecognized_keys':
      return unknownKey(issue.keys?.[0] ?? '', shapeKeys(issue.inst));
    case 'invalid_value':
      return input === undefined ? MISSING : oneOf(issue.values ?? [], input);
    case 'invalid_union': {
      if (issue.discriminator === undefined) return null;
      const chosen = at(input, issue.discriminator);
      return chosen === undefined ? MISSING : oneOf(issue.options ?? [], chosen);
    }
    case 'invalid_type':
      return input === undefined
        ? MISSING
        : { message: `must be ${withArticle(issue.expected ?? 'other')}`, hint: null };
    case 'invalid_key':
      return { message: 'is not a name that is allowed here', hint: null };
    default:
      return null;
  }
}

const MISSING = { message: 'is missing', hint: null };

function unknownKey(key: string, known: readonly string[]): { message: string; hint: string } {
  const near = nearest(key, known);
  const all = known.length > 0 ? `Known here: ${known.join(', ')}.` : 'Nothing is known here.';
  return { message: 'is not known here', hint: near === null ? all : `Did you mean "${near}"? ${all}` };
}

function oneOf(values: readonly unknown[], input: unknown): { message: string; hint: string | null } {
  const words = values.map(String);
  const near = typeof input === 'string' ? nearest(input, words) : null;
  return { message: `must be one of ${words.join(', ')}`, hint: near === null ? null : `Did you mean "${near}"?` };
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The keys of a zod object schema, from its own definition. */
function shapeKeys(schema: unknown): string[] {
  const shape = at(at(at(schema, '_zod'), 'def'), 'shape');
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

function fieldOf(path: readonly PropertyKey[], value: unknown): string {
  let here = value;
  const words = path.map((part, index) => {
    here = at(here, part);
    const name = typeof part === 'number' ? at(here, 'name') : null;
    const word = path[index - 1] === 'machines' ? /^[\w.-]+$/ : /^[\w-]+$/;
    return typeof name === 'string' && word.test(name) ? name : String(part);
  });
  return words.join('.');
}

function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function hasIssues(thrown: unknown): thrown is { issues: readonly Issue[] } {
  return Array.isArray(at(thrown, 'issues'));
}
