import { fail, type Token, unquoted } from './lexer.ts';
import type { Expression, Given, Target } from './syntax.ts';

/** The tokens of one template, read one after the other. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** Names that were met, for macros that speak of `caller`, `varargs` or `kwargs`. */
  readonly names = new Set<string>();
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }
  get current(): Token {
    return this.look(0);
  }
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }
  look(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? NONE;
  }
  next(): Token {
    const token = this.current;
    this.#at += 1;
    return token;
  }
  is(...texts: string[]): boolean {
    const { kind, text } = this.current;
    return (kind === 'operator' || kind === 'name') && texts.includes(text);
  }
  takes(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at += 1;
    return true;
  }
  expect(text: string): Token {
    if (!this.is(text)) this.refuse(`\`${text}\``);
    return this.next();
  }
  name(): string {
    if (this.current.kind !== 'name') this.refuse('a name');
    return this.next().text;
  }
  refuse(expected: string): never {
    const { kind, text, start, end } = this.current;
    const found =
      kind === 'end'
        ? 'the end of the file'
        : kind.startsWith('close')
          ? 'the end of the tag'
          : kind === 'string'
            ? 'a text'
            : `\`${text}\``;
    fail(`${found} stands where ${expected} is expected`, start, end);
  }
}

const NONE: Token = { kind: 'end', text: '', start: 0, end: 0 };
const CONSTANTS: Readonly<Record<string, null | boolean>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
};

/** An expression, and behind it `if … else …`. */
export function parseExpression(tokens: Tokens, withChoice = true): Expression {
  const { start } = tokens.current;
  let then = parseOr(tokens);
  while (withChoice && tokens.takes('if')) {
    const condition = parseOr(tokens);
    const otherwise = tokens.takes('else') ? parseExpression(tokens) : null;
    then = { kind: 'choice', condition, then, otherwise, start, end: tokens.lastEnd };
  }
  return then;
}

/** `a, b` is a tuple of its own; `a` is `a`. */
export function parseTuple(tokens: Tokens, withChoice = true, mayBeEmpty = false): Expression {
  const { start } = tokens.current;
  const items: Expression[] = [];
  let several = false;
  while (!endsTuple(tokens)) {
    items.push(parseExpression(tokens, withChoice));
    if (!tokens.takes(',')) break;
    several = true;
  }
  const [first] = items;
  if (first !== undefined && !several) return first;
  if (first === undefined && !mayBeEmpty) tokens.refuse('a value');
  return { kind: 'tuple', items, start, end: tokens.lastEnd };
}

function endsTuple(tokens: Tokens): boolean {
  return tokens.current.kind.startsWith('close') || tokens.is(')', 'in', 'recursive');
}

function parseOr(tokens: Tokens): Expression {
  return leftward(tokens, ['or'], (it) => leftward(it, ['and'], parseNot));
}

function parseNot(tokens: Tokens): Expression {
  const { start } = tokens.current;
  if (!tokens.takes('not')) return parseCompare(tokens);
  const of = parseNot(tokens);
  return { kind: 'unary', operator: 'not', of, start, end: of.end };
}

function parseCompare(tokens: Tokens): Expression {
  const first = parseSum(tokens);
  const rest: [string, Expression][] = [];
  for (;;) {
    if (tokens.is('==', '!=', '<', '<=', '>', '>=', 'in')) rest.push([tokens.next().text, parseSum(tokens)]);
    else if (tokens.is('not') && tokens.look(1).text === 'in') {
      tokens.next();
      tokens.next();
      rest.push(['not in', parseSum(tokens)]);
    } else break;
  }
  return rest.length === 0 ? first : { kind: 'compare', first, rest, start: first.start, end: tokens.lastEnd };
}

function parseSum(tokens: Tokens): Expression {
  return leftward(tokens, ['+', '-'], parseConcat);
}

function parseConcat(tokens: Tokens): Expression {
  const first = parseProduct(tokens);
  const items = [first];
  while (tokens.takes('~')) items.push(parseProduct(tokens));
  return items.length === 1 ? first : { kind: 'concat', items, start: first.start, end: tokens.lastEnd };
}

function parseProduct(tokens: Tokens): Expression {
  return leftward(tokens, ['*', '/', '//', '%'], (it) => leftward(it, ['**'], (them) => parseUnary(them, true)));
}

function leftward(tokens: Tokens, operators: readonly string[], parse: (tokens: Tokens) => Expression): Expression {
  let left = parse(tokens);
  while (tokens.is(...operators)) {
    const operator = tokens.next().text;
    const right = parse(tokens);
    left = { kind: 'binary', operator, left, right, start: left.start, end: right.end };
  }
  return left;
}

/** A sign binds tighter than a filter: `-3|abs` is the filter of -3. */
function parseUnary(tokens: Tokens, withFilters: boolean): Expression {
  const { start } = tokens.current;
  const operator = tokens.is('-') ? '-' : tokens.is('+') ? '+' : null;
  if (operator) tokens.next();
  const plain: Expression = operator
    ? { kind: 'unary', operator, of: parseUnary(tokens, false), start, end: tokens.lastEnd }
    : parsePrimary(tokens);
  const value = parsePostfix(tokens, plain);
  return withFilters ? parseFilters(tokens, value) : value;
}

function parsePrimary(tokens: Tokens): Expression {
  const { kind, text, start } = tokens.current;
  const at = () => ({ start, end: tokens.lastEnd });
  if (kind === 'name') {
    tokens.next();
    if (Object.hasOwn(CONSTANTS, text)) return { kind: 'constant', value: CONSTANTS[text] ?? null, ...at() };
    tokens.names.add(text);
    return { kind: 'name', name: text, ...at() };
  }
  if (kind === 'string') {
    let value = '';
    while (tokens.current.kind === 'string') value += unquoted(tokens.next().text);
    return { kind: 'constant', value, ...at() };
  }
  if (kind === 'integer' || kind === 'float') {
    tokens.next();
    const digits = text.replaceAll('_', '');
    return { kind: 'constant', value: kind === 'float' ? Number(digits) : BigInt(digits), ...at() };
  }
  if (tokens.takes('(')) {
    const inside = parseTuple(tokens, true, true);
    tokens.expect(')');
    return { ...inside, ...at() };
  }
  if (tokens.takes('[')) {
    const items = separated(tokens, ']', () => parseExpression(tokens));
    return { kind: 'list', items, ...at() };
  }
  if (tokens.takes('{')) {
    const entries = separated(tokens, '}', () => {
      const key = parseExpression(tokens);
      tokens.expect(':');
      return [key, parseExpression(tokens)] as const;
    });
    return { kind: 'dict', entries, ...at() };
  }
  return tokens.refuse('a value');
}

function separated<T>(tokens: Tokens, close: string, parse: () => T): T[] {
  const items: T[] = [];
  while (!tokens.is(close)) {
    items.push(parse());
    if (!tokens.takes(',') && !tokens.is(close)) tokens.refuse(`\`,\` or \`${close}\``);
  }
  tokens.expect(close);
  return items;
}

function parsePostfix(tokens: Tokens, first: Expression): Expression {
  let of = first;
  for (;;) {
    const { start } = of;
    if (tokens.takes('.')) {
      const { kind, text } = tokens.current;
      if (kind !== 'integer') of = { kind: 'attribute', of, name: tokens.name(), start, end: tokens.lastEnd };
      else {
        const { start: from, end } = tokens.next();
        of = { kind: 'member', of, key: { kind: 'constant', value: BigInt(text), start: from, end }, start, end };
      }
    } else if (tokens.takes('[')) of = parseSubscript(tokens, of);
    else if (tokens.is('(')) of = { kind: 'call', of, given: parseGiven(tokens), start, end: tokens.lastEnd };
    else return of;
  }
}

function parseSubscript(tokens: Tokens, of: Expression): Expression {
  const parts: (Expression | null)[] = [null];
  const items: Expression[] = [];
  const { start } = of;
  while (!tokens.is(']')) {
    if (tokens.takes(':')) parts.push(null);
    else if (tokens.takes(',')) items.push(...parts.splice(0, 1, null).filter((it) => it !== null));
    else parts[parts.length - 1] = parseExpression(tokens);
  }
  tokens.expect(']');
  const end = tokens.lastEnd;
  if (parts.length > 1) return { kind: 'slice', of, parts, start, end };
  const [last] = parts;
  if (items.length > 0) {
    const key: Expression = { kind: 'tuple', items: last ? [...items, last] : items, start, end };
    return { kind: 'member', of, key, start, end };
  }
  return last ? { kind: 'member', of, key: last, start, end } : tokens.refuse('a key');
}

/** `(a, *b, c=d, **e)`. */
export function parseGiven(tokens: Tokens): Given {
  const places: Given['places'][number][] = [];
  const names: Given['names'][number][] = [];
  tokens.expect('(');
  separated(tokens, ')', () => {
    const isNamed = tokens.current.kind === 'name' && tokens.look(1).text === '=';
    if (tokens.takes('**')) names.push({ name: null, value: parseExpression(tokens) });
    else if (isNamed) {
      const name = tokens.name();
      tokens.next();
      names.push({ name, value: parseExpression(tokens) });
    } else {
      const spread = tokens.takes('*');
      if (names.length > 0 && !spread) tokens.refuse('`name=`');
      places.push({ value: parseExpression(tokens), spread });
    }
  });
  return { places, names };
}

const NO_ARGUMENTS: Given = { places: [], names: [] };

/** `|a|b(c)`, and `is` tests. */
export function parseFilters(tokens: Tokens, first: Expression): Expression {
  let of = first;
  for (;;) {
    if (tokens.takes('|')) of = parseFilter(tokens, of);
    else if (tokens.takes('is')) of = parseTest(tokens, of);
    else if (tokens.is('(')) {
      of = { kind: 'call', of, given: parseGiven(tokens), start: of.start, end: tokens.lastEnd };
    } else return of;
  }
}

/** A filter behind its `|`; of null is what a block captures. */
export function parseFilter(tokens: Tokens, of: Expression | null): Expression {
  const { start } = tokens.current;
  let name = tokens.name();
  while (tokens.takes('.')) name += `.${tokens.name()}`;
  const given = tokens.is('(') ? parseGiven(tokens) : NO_ARGUMENTS;
  return { kind: 'filter', of, name, given, start, end: tokens.lastEnd };
}

const BEGINS_ARGUMENT = new Set(['name', 'string', 'integer', 'float']);

function parseTest(tokens: Tokens, of: Expression): Expression {
  const negated = tokens.takes('not');
  const { start } = tokens.current;
  const name = tokens.name();
  let given = NO_ARGUMENTS;
  const begins = BEGINS_ARGUMENT.has(tokens.current.kind) || tokens.is('[', '{');
  if (tokens.is('(')) given = parseGiven(tokens);
  else if (begins && !tokens.is('else', 'or', 'and', 'is', 'if', 'in', 'not', 'recursive')) {
    const value = parsePostfix(tokens, parsePrimary(tokens));
    given = { places: [{ value, spread: false }], names: [] };
  }
  if (tokens.is('is')) fail('one `is` cannot follow another', of.start, tokens.lastEnd);
  return { kind: 'test', of, name, given, negated, start, end: tokens.lastEnd };
}

/** What stands left of `in` or `=`: names, with commas and brackets. */
export function parseTarget(tokens: Tokens): Target {
  const targets: Target[] = [];
  let several = false;
  do {
    if (targets.length > 0 && (tokens.is('in', '=') || tokens.current.kind.startsWith('close'))) break;
    targets.push(parseOneTarget(tokens));
    several ||= tokens.is(',');
  } while (tokens.takes(','));
  const [first] = targets;
  return first !== undefined && !several ? first : { kind: 'several', targets };
}

function parseOneTarget(tokens: Tokens): Target {
  if (tokens.takes('(')) {
    const inside = parseTarget(tokens);
    tokens.expect(')');
    return inside;
  }
  const name = tokens.name();
  if (Object.hasOwn(CONSTANTS, name)) fail(`"${name}" cannot be set`, tokens.lastEnd - name.length, tokens.lastEnd);
  return tokens.takes('.') ? { kind: 'field', of: name, name: tokens.name() } : { kind: 'name', name };
}
