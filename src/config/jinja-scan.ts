/** A piece of a template: text that stays, or a tag with its delimiters. */
export interface Piece {
  readonly kind: 'data' | 'print' | 'statement' | 'comment';
  readonly text: string;
  /** Of its first character, counted from 1. */
  readonly line: number;
}

const CLOSE = { '{{': '}}', '{%': '%}', '{#': '#}' } as const;
const KIND = { '{{': 'print', '{%': 'statement', '{#': 'comment' } as const;

/** Whether there is anything to render. */
export function hasJinja(text: string): boolean {
  return /\{[{%#]/.test(text);
}

/** Cuts a template into its pieces; together they are the template again. What is left open goes to the end. */
export function scan(text: string): Piece[] {
  const pieces: Piece[] = [];
  let line = 1;
  const add = (kind: Piece['kind'], start: number, end: number) => {
    if (end === start) return;
    const piece = { kind, text: text.slice(start, end), line };
    pieces.push(piece);
    line += countLines(piece.text);
  };
  let at = 0;
  const open = /\{[{%#]/g;
  for (let found = open.exec(text); found !== null; found = open.exec(text)) {
    const opening = found[0] as keyof typeof CLOSE;
    const end = endOfTag(text, found.index + 2, CLOSE[opening]);
    add('data', at, found.index);
    add(KIND[opening], found.index, end);
    at = end;
    if (/^\{%[-+]?\s*raw\b/.test(pieces.at(-1)?.text ?? '')) {
      const raw = /\{%[-+]?\s*endraw\b/g;
      raw.lastIndex = at;
      const stop = raw.exec(text)?.index ?? text.length;
      add('data', at, stop);
      at = stop;
    }
    open.lastIndex = at;
  }
  add('data', at, text.length);
  return pieces;
}

/** Behind the closing delimiter: not one in a text, nor the two braces that end nested mappings. */
function endOfTag(text: string, from: number, close: string): number {
  const plain = close === '#}';
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if ((close !== '}}' || depth <= 0) && text.startsWith(close, at)) return at + 2;
    if (plain) continue;
    if (char === '"' || char === "'") at = endOfText(text, at);
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return text.length;
}

function endOfText(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

export function countLines(text: string): number {
  return text.split('\n').length - 1;
}
