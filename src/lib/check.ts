import { nearest } from './nearest.ts';

/** What is wrong with an input, for a person. Never repeats the value at fault: it could be a secret. */
export interface Problem {
  /** Dotted path of the part at fault; an array element that has a name is called by it. Empty for the whole. */
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
  readonly input?: unknown;
  readonly inst?: unknown;
}

type Explain = (issue: Issue) => string | undefined;

/** Parses by a zod schema (in the domain's words: a `Schema`), or tells the first problem with the nearest allowed word. */
export function check<T>(
  schema: { parse(value: unknown): T },
  value: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem } {
  const hints: string[] = [];
  const error: Explain = (issue) => {
    const told = explain(issue);
    if (told?.hint) hints.push(told.hint);
    return told?.message;
  };
  try {
    // Every zod schema takes an error map as its second argument; other checkers ignore it.
    const parse: (value: unknown, options: { error: Explain }) => T = schema.parse.bind(schema);
    return { ok: true, value: parse(value, { error }) };
  } catch (thrown) {
    if (!hasIssues(thrown)) throw thrown;
    return { ok: false, problem: problemOf(thrown.issues, value, hints) };
  }
}

function problemOf(issues: readonly Issue[], value: unknown, hints: readonly string[]): Problem {
  const first = issues[0] ?? {};
  const path =
    first.code === 'unrecognized_keys' ? [...(first.path ?? []), ...(first.keys ?? []).slice(0, 1)] : first.path;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return {
    field: fieldOf(path ?? [], value),
    message: `${first.message ?? 'is wrong'}${more}`,
    hint: hints[0] ?? null,
  };
}

function explain(issue: Issue): { message: string; hint: string | null } | null {
  if (issue.code === 'unrecognized_keys') {
    const known = shapeKeys(issue.inst);
    const key = issue.keys?.[0] ?? '';
    const near = nearest(key, known);
    const all = known.length > 0 ? `Known here: ${known.join(', ')}.` : 'Nothing is known here.';
    return { message: `unknown key "${key}"`, hint: near === null ? all : `Did you mean "${near}"? ${all}` };
  }
  if (issue.code === 'invalid_value' && issue.input !== undefined) {
    const values = (issue.values ?? []).map(String);
    const near = typeof issue.input === 'string' ? nearest(issue.input, values) : null;
    return { message: `must be one of ${values.join(', ')}`, hint: near === null ? null : `Did you mean "${near}"?` };
  }
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return { message: 'is missing', hint: null };
  }
  return null;
}

/** The keys of a zod object schema, from its own definition. */
function shapeKeys(schema: unknown): string[] {
  const shape = at(at(at(schema, '_zod'), 'def'), 'shape');
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

function fieldOf(path: readonly PropertyKey[], value: unknown): string {
  let here = value;
  const words = path.map((part) => {
    here = at(here, part);
    const name = typeof part === 'number' ? at(here, 'name') : null;
    return typeof name === 'string' && /^[\w-]+$/.test(name) ? name : String(part);
  });
  return words.join('.');
}

function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function hasIssues(thrown: unknown): thrown is { issues: readonly Issue[] } {
  return Array.isArray(at(thrown, 'issues'));
}
