import { fail, tokensOf } from './lexer.ts';
import { parseExpression, parseFilter, parseFilters, parseTarget, parseTuple, Tokens } from './parse-expression.ts';
import type { Body, Expression, Macro, Statement } from './syntax.ts';

interface Parser {
  readonly tokens: Tokens;
  readonly lineAt: (offset: number) => number;
  /** The tags that are open. */
  readonly open: string[];
}

/** A template's statements; throws a JinjaError with its place. */
export function parseTemplate(source: string): Body {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineAt = (offset: number) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const parser = { tokens: new Tokens(tokensOf(source)), lineAt, open: [] };
  const body = parseBody(parser, []);
  if (parser.tokens.current.kind !== 'end') strayTag(parser);
  return body;
}

/** Up to a tag that is one of those given, whose name is then the current token. */
function parseBody(parser: Parser, ends: readonly string[]): Statement[] {
  const { tokens, lineAt } = parser;
  const body: Statement[] = [];
  for (;;) {
    const { kind, text, start, end } = tokens.current;
    if (kind === 'end') return body;
    if (kind === 'open tag' && ends.includes(tokens.look(1).text)) {
      tokens.next();
      return body;
    }
    tokens.next();
    if (kind === 'text') body.push({ kind: 'text', text, line: lineAt(start), start, end });
    else if (kind === 'open print') {
      const value = parseTuple(tokens);
      if (tokens.current.kind !== 'close print') tokens.refuse('the end of the tag');
      tokens.next();
      body.push({ kind: 'print', value, line: lineAt(start), start: value.start, end: value.end });
    } else body.push(parseTag(parser, start));
  }
}

function strayTag({ tokens }: Parser): never {
  const { text, start, end } = tokens.look(1);
  fail(`\`${text}\` ends nothing`, start, end);
}

function parseTag(parser: Parser, start: number): Statement {
  const { tokens } = parser;
  const { start: from, end, kind } = tokens.current;
  const name = kind === 'name' ? tokens.next().text : '';
  const parse = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined;
  if (parse === undefined) {
    if (name === '') tokens.refuse('a name');
    if (/^(?:end|else$|elif$)/.test(name)) fail(`\`${name}\` ends nothing`, from, end);
    fail(`there is no tag \`${name}\``, from, end);
  }
  const statement = parse(parser, name, start);
  if (!CLOSED.has(statement.kind)) closeTag(parser);
  return { ...statement, start: from, end } as Statement;
}

/** The kinds whose last tag was read with their body. */
const CLOSED = new Set(['for', 'if', 'capture', 'macro', 'call', 'filter', 'with', 'block']);

function closeTag({ tokens }: Parser): void {
  if (tokens.current.kind !== 'close tag') tokens.refuse('the end of the tag');
  tokens.next();
}

/** What stands between a tag and the one that ends it; that one's name is read too. */
function bodyUntil(parser: Parser, start: number, ...ends: string[]): { body: Body; ended: string } {
  closeTag(parser);
  const body = parseBody(parser, ends);
  if (parser.tokens.current.kind === 'end') {
    fail(`this block has no \`${ends.at(-1)}\``, start, start + 2);
  }
  return { body, ended: parser.tokens.next().text };
}

function closedBody(parser: Parser, start: number, ...ends: string[]): Body {
  const { body } = bodyUntil(parser, start, ...ends);
  if (ends[0] === 'endblock' && parser.tokens.current.kind === 'name') parser.tokens.next();
  closeTag(parser);
  return body;
}

type Parsed = Statement extends infer S ? (S extends Statement ? Omit<S, 'start' | 'end'> : never) : never;
type Parse = (parser: Parser, name: string, start: number) => Parsed;

const captured: Parse = (parser, name, start) => {
  parser.tokens.expect('as');
  const target = { kind: 'name', name: parser.tokens.name() } as const;
  const body = closedBody(parser, start, 'endload', `end${name}`);
  const { lastEnd: end } = parser.tokens;
  const filter = { kind: 'filter', of: null, name, given: { places: [], names: [] }, start, end } as const;
  return { kind: 'capture', target, filter, body };
};

const importedData: Parse = ({ tokens }, form) => {
  const name = parseExpression(tokens);
  tokens.expect('as');
  return { kind: 'import data', form: form.replace('import_', ''), name, as: tokens.name() };
};

/** Every tag of Jinja's that maps may use, with `do` and loop controls, and those of Salt's. */
const TAGS: Readonly<Record<string, Parse>> = {
  for: parseFor,
  if: parseIf,
  set: parseSet,
  with: (parser, _, start) => {
    const sets: (readonly [ReturnType<typeof parseTarget>, Expression])[] = [];
    while (parser.tokens.current.kind === 'name') {
      const target = parseTargetName(parser.tokens);
      parser.tokens.expect('=');
      sets.push([target, parseExpression(parser.tokens)]);
      if (!parser.tokens.takes(',')) break;
    }
    return { kind: 'with', sets, body: closedBody(parser, start, 'endwith') };
  },
  do: ({ tokens }) => ({ kind: 'do', value: parseTuple(tokens) }),
  break: (parser) => inLoop(parser, 'break'),
  continue: (parser) => inLoop(parser, 'continue'),
  macro: (parser, _, start) => {
    const name = parser.tokens.name();
    return { kind: 'macro', macro: parseMacro(parser, name, start, 'endmacro') };
  },
  call: (parser, _, start) => {
    const parameters = parser.tokens.is('(') ? parseParameters(parser.tokens) : [];
    const call = parseExpression(parser.tokens);
    if (call.kind !== 'call') fail('a call block needs a call', call.start, call.end);
    const macro = withBody(parser, 'caller', parameters, start, 'endcall');
    return { kind: 'call', macro, call, line: parser.lineAt(start) };
  },
  filter: (parser, _, start) => {
    const filter = parseFilters(parser.tokens, parseFilter(parser.tokens, null));
    return { kind: 'filter', filter, body: closedBody(parser, start, 'endfilter'), line: parser.lineAt(start) };
  },
  include: ({ tokens }) => {
    const name = parseExpression(tokens);
    const ignoresMissing = tokens.is('ignore') && tokens.look(1).text === 'missing';
    if (ignoresMissing) tokens.next();
    if (ignoresMissing) tokens.next();
    return { kind: 'include', name, ignoresMissing, withContext: parseContext(tokens, true) };
  },
  import: ({ tokens }) => {
    const name = parseExpression(tokens);
    tokens.expect('as');
    const as = tokens.name();
    return { kind: 'import', name, as, names: [], withContext: parseContext(tokens, false) };
  },
  from: ({ tokens }) => {
    const name = parseExpression(tokens);
    tokens.expect('import');
    const names: (readonly [string, string])[] = [];
    while (tokens.current.kind === 'name' && !isContext(tokens)) {
      const wanted = tokens.name();
      names.push([wanted, tokens.takes('as') ? tokens.name() : wanted]);
      if (!tokens.takes(',')) break;
    }
    if (names.length === 0) tokens.refuse('a name');
    return { kind: 'import', name, as: null, names, withContext: parseContext(tokens, false) };
  },
  import_yaml: importedData,
  import_json: importedData,
  import_text: importedData,
  load_yaml: captured,
  load_json: captured,
  load_text: captured,
  block: (parser, _, start) => {
    const name = parser.tokens.name();
    for (const word of ['scoped', 'required']) parser.tokens.takes(word);
    return { kind: 'block', name, body: closedBody(parser, start, 'endblock') };
  },
  extends: ({ tokens }) => ({ kind: 'extends', name: parseExpression(tokens) }),
};

function inLoop({ tokens, open }: Parser, kind: 'break' | 'continue'): Parsed {
  if (open.at(-1) !== 'for') fail(`\`${kind}\` stands in no loop`, tokens.lastEnd - kind.length, tokens.lastEnd);
  return { kind };
}

function parseTargetName(tokens: Tokens): { kind: 'name'; name: string } {
  return { kind: 'name', name: tokens.name() };
}

function parseFor(parser: Parser, _: string, start: number): Parsed {
  const { tokens, open } = parser;
  const target = parseTarget(tokens);
  tokens.expect('in');
  const items = parseTuple(tokens, false);
  const condition = tokens.takes('if') ? parseExpression(tokens) : null;
  const recursive = tokens.takes('recursive');
  open.push('for');
  const { body, ended } = bodyUntil(parser, start, 'else', 'endfor');
  open.pop();
  const otherwise = ended === 'else' ? bodyUntil(parser, start, 'endfor').body : [];
  closeTag(parser);
  return { kind: 'for', target, items, condition, recursive, body, otherwise };
}

function parseIf(parser: Parser, _: string, start: number): Parsed {
  const branches: { condition: Expression; body: Body }[] = [];
  let otherwise: Body = [];
  for (let ended = 'elif'; ended !== 'endif'; ) {
    if (ended === 'elif') {
      const condition = parseTuple(parser.tokens, false);
      const part = bodyUntil(parser, start, 'elif', 'else', 'endif');
      branches.push({ condition, body: part.body });
      ended = part.ended;
    } else {
      otherwise = bodyUntil(parser, start, 'endif').body;
      ended = 'endif';
    }
  }
  closeTag(parser);
  return { kind: 'if', branches, otherwise };
}

function parseSet(parser: Parser, _: string, start: number): Parsed {
  const { tokens } = parser;
  const target = parseTarget(tokens);
  if (tokens.takes('=')) return { kind: 'set', target, value: parseTuple(tokens) };
  const filter = tokens.takes('|') ? parseFilters(tokens, parseFilter(tokens, null)) : null;
  return { kind: 'capture', target, filter, body: closedBody(parser, start, 'endset') };
}

function parseParameters(tokens: Tokens): Macro['parameters'] {
  const parameters: Macro['parameters'][number][] = [];
  tokens.expect('(');
  while (!tokens.is(')')) {
    const name = tokens.name();
    const otherwise = tokens.takes('=') ? parseExpression(tokens) : null;
    if (otherwise === null && parameters.at(-1)?.otherwise) tokens.refuse('`=` and a value');
    parameters.push({ name, otherwise });
    if (!tokens.takes(',') && !tokens.is(')')) tokens.refuse('`,` or `)`');
  }
  tokens.expect(')');
  return parameters;
}

function parseMacro(parser: Parser, name: string, start: number, end: string): Macro {
  return withBody(parser, name, parseParameters(parser.tokens), start, end);
}

/** A macro is a new beginning: the loop around it is not its own. */
function withBody(parser: Parser, name: string, parameters: Macro['parameters'], start: number, end: string): Macro {
  const { names } = parser.tokens;
  const outer = SPECIAL.filter((it) => names.delete(it));
  parser.open.push('macro');
  const body = closedBody(parser, start, end);
  parser.open.pop();
  const uses = new Set(SPECIAL.filter((it) => names.has(it)));
  for (const it of outer) names.add(it);
  return { name, parameters, body, uses };
}

const SPECIAL = ['varargs', 'kwargs', 'caller'];

function isContext(tokens: Tokens): boolean {
  return tokens.is('with', 'without') && tokens.look(1).text === 'context';
}

function parseContext(tokens: Tokens, otherwise: boolean): boolean {
  if (!isContext(tokens)) return otherwise;
  const { text } = tokens.next();
  tokens.next();
  return text === 'with';
}
