/** A part of an expression, with where it stands in its template (offsets). */
export type Expression = Readonly<{ start: number; end: number }> &
  (
    | { readonly kind: 'constant'; readonly value: null | boolean | bigint | number | string }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list' | 'tuple' | 'concat'; readonly items: readonly Expression[] }
    | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
    | { readonly kind: 'member'; readonly of: Expression; readonly key: Expression }
    | { readonly kind: 'slice'; readonly of: Expression; readonly parts: readonly (Expression | null)[] }
    | { readonly kind: 'call'; readonly of: Expression; readonly given: Given }
    | { readonly kind: 'filter'; readonly of: Expression | null; readonly name: string; readonly given: Given }
    | {
        readonly kind: 'test';
        readonly of: Expression;
        readonly name: string;
        readonly given: Given;
        readonly negated: boolean;
      }
    | { readonly kind: 'unary'; readonly operator: 'not' | '-' | '+'; readonly of: Expression }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'compare';
        readonly first: Expression;
        readonly rest: readonly (readonly [operator: string, Expression])[];
      }
    | {
        readonly kind: 'choice';
        readonly condition: Expression;
        readonly then: Expression;
        readonly otherwise: Expression | null;
      }
  );

/** Arguments as written: `f(a, *b, c=d, **e)`. */
export interface Given {
  readonly places: readonly { readonly value: Expression; readonly spread: boolean }[];
  /** A name of null spreads a mapping. */
  readonly names: readonly { readonly name: string | null; readonly value: Expression }[];
}

/** What a `for` or a `set` gives names to. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly of: string; readonly name: string }
  | { readonly kind: 'several'; readonly targets: readonly Target[] };

export interface Macro {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly otherwise: Expression | null }[];
  readonly body: readonly Statement[];
  /** Which of `varargs`, `kwargs` and `caller` it speaks of. */
  readonly uses: ReadonlySet<string>;
}

/** A piece of a template, with where it stands in its template (offsets). */
export type Statement = Readonly<{ start: number; end: number }> &
  (
    | { readonly kind: 'text'; readonly text: string; readonly line: number }
    | { readonly kind: 'print'; readonly value: Expression; readonly line: number }
    | {
        readonly kind: 'for';
        readonly target: Target;
        readonly items: Expression;
        readonly condition: Expression | null;
        readonly recursive: boolean;
        readonly body: Body;
        readonly otherwise: Body;
      }
    | {
        readonly kind: 'if';
        readonly branches: readonly { readonly condition: Expression; readonly body: Body }[];
        readonly otherwise: Body;
      }
    | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
    | { readonly kind: 'capture'; readonly target: Target; readonly filter: Expression | null; readonly body: Body }
    | { readonly kind: 'macro'; readonly macro: Macro }
    | { readonly kind: 'call'; readonly macro: Macro; readonly call: Expression; readonly line: number }
    | { readonly kind: 'filter'; readonly filter: Expression; readonly body: Body; readonly line: number }
    | { readonly kind: 'with'; readonly sets: readonly (readonly [Target, Expression])[]; readonly body: Body }
    | { readonly kind: 'do'; readonly value: Expression }
    | { readonly kind: 'break' | 'continue' }
    | {
        readonly kind: 'include';
        readonly name: Expression;
        readonly ignoresMissing: boolean;
        readonly withContext: boolean;
      }
    | {
        readonly kind: 'import';
        readonly name: Expression;
        readonly as: string | null;
        readonly names: readonly (readonly [name: string, as: string])[];
        readonly withContext: boolean;
      }
    | { readonly kind: 'import data'; readonly form: string; readonly name: Expression; readonly as: string }
    | { readonly kind: 'block'; readonly name: string; readonly body: Body }
    | { readonly kind: 'extends'; readonly name: Expression }
  );

export type Body = readonly Statement[];
