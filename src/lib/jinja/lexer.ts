import { JinjaError } from './values.ts';

/** A word of a tag, or the text between tags. */
export interface Token {
  readonly kind:
    | 'text'
    | 'open print'
    | 'close print'
    | 'open tag'
    | 'close tag'
    | 'name'
    | 'string'
    | 'integer'
    | 'float'
    | 'operator'
    | 'end';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const OPEN = /\{\{[-+]?|\{%[-+]?\s*raw\s*([-+]?)%\}|\{%[-+]?|\{#[-+]?/g;
const WORD =
  /(?<float>(?<!\.)(?:\d+_)*\d+(?:\.(?:\d+_)*\d+(?:e[+-]?(?:\d+_)*\d+)?|e[+-]?(?:\d+_)*\d+))|(?<integer>0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<string>'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*")|(?<operator>\/\/|\*\*|[=!<>]=|[-+*/%~<>=[\](){}.:|,;])/iuy;

/** Cuts a template into tokens; `{% raw %}` and comments are gone, and so is the white space that `-` takes away. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  // A `-%}` takes the white space that follows it.
  let takes = false;
  const addText = (from: number, to: number, trimEnd: boolean) => {
    const written = source.slice(from, to);
    const trimmed = trimEnd ? written.trimEnd() : written;
    const text = takes ? trimmed.trimStart() : trimmed;
    const start = takes ? to - written.trimStart().length : from;
    if (text !== '') tokens.push({ kind: 'text', text, start, end: start + text.length });
    takes = false;
  };
  for (;;) {
    OPEN.lastIndex = at;
    const found = OPEN.exec(source);
    if (found === null) break;
    const [open, rawSign] = found;
    const start = found.index;
    addText(at, start, open[2] === '-');
    const inside = start + open.length;
    if (rawSign !== undefined) {
      const end = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
      end.lastIndex = inside;
      const stop = end.exec(source) ?? leftOpen(start, open);
      takes = rawSign === '-';
      addText(inside, stop.index, stop[1] === '-');
      at = end.lastIndex;
      takes = stop[2] === '-';
    } else if (open.startsWith('{#')) {
      const end = source.indexOf('#}', inside);
      if (end < 0) leftOpen(start, open);
      at = end + 2;
      takes = source[end - 1] === '-';
    } else {
      const isPrint = open.startsWith('{{');
      tokens.push({ kind: isPrint ? 'open print' : 'open tag', text: open, start, end: inside });
      at = insideTag(source, inside, isPrint ? '}}' : '%}', start, tokens);
      takes = source[at - 3] === '-';
    }
  }
  addText(at, source.length, false);
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length });
  return tokens;
}

const BRACKETS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

function insideTag(source: string, from: number, close: string, opened: number, tokens: Token[]): number {
  const waiting: string[] = [];
  const space = /\s*/y;
  const closing = close === '}}' ? /[-+]?\}\}/y : /[-+]?%\}/y;
  for (let at = from; ; ) {
    space.lastIndex = at;
    at += space.exec(source)?.[0].length ?? 0;
    closing.lastIndex = at;
    const end = waiting.length === 0 ? closing.exec(source)?.[0] : undefined;
    if (end !== undefined) {
      tokens.push({ kind: close === '}}' ? 'close print' : 'close tag', text: end, start: at, end: at + end.length });
      return at + end.length;
    }
    WORD.lastIndex = at;
    const found = WORD.exec(source);
    if (found === null || at >= source.length) {
      if (at >= source.length || /["']/.test(source[at] ?? '')) leftOpen(opened, source.slice(opened, opened + 2));
      fail(`"${source[at]}" has no meaning here`, at, at + 1);
    }
    const [text] = found;
    const kind = (Object.entries(found.groups ?? {}).find(([, it]) => it !== undefined)?.[0] ??
      'operator') as Token['kind'];
    if (text in BRACKETS) waiting.push(BRACKETS[text] ?? '');
    else if (/^[)\]}]$/.test(text) && waiting.pop() !== text) fail(`"${text}" closes nothing`, at, at + 1);
    tokens.push({ kind, text, start: at, end: at + text.length });
    at += text.length;
  }
}

function leftOpen(start: number, open: string): never {
  fail('this tag is left open', start, start + open.length);
}

/** A fault of the text itself. */
export function fail(message: string, start: number, end: number, hint?: string): never {
  const error = new JinjaError(message, hint);
  error.place = { template: -1, start, end };
  throw error;
}

const ESCAPE = /\\(?:\n|[\\'"abfnrtv]|x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0-7]{1,3})/gi;
const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** What a text in quotes says: Python's escapes; an unknown one stays as it is. */
export function unquoted(written: string): string {
  return written.slice(1, -1).replace(ESCAPE, (sequence) => {
    const [letter = ''] = sequence.slice(1);
    if (letter === '\n') return '';
    if (/[xuU]/.test(letter) && sequence.length > 2)
      return String.fromCodePoint(Number.parseInt(sequence.slice(2), 16));
    if (/[0-7]/.test(letter)) return String.fromCodePoint(Number.parseInt(sequence.slice(1), 8));
    return CONTROLS[letter] ?? (/[\\'"]/.test(letter) ? letter : sequence);
  });
}
