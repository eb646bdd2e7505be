import type { Data } from './data.ts';
import { numberText } from './python.ts';

/** Where lines should end. */
export const WIDTH = 80;
/** What YAML 1.1 would read as something else than a string. */
const NOT_A_STRING =
  /^(~|null|Null|NULL|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|=|<<|[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(:[0-5]?\d)+|[-+]?([\d][\d_]*)\.[\d_]*([eE][-+]\d+)?|\.[\d][\d_]*([eE][-+]\d+)?|[-+]?\d[\d_]*(:[0-5]?\d)+\.[\d_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?)$/;

/** Where a text stands. */
export interface Place {
  /** Where its next lines begin. */
  readonly indent: number;
  /** The column where it begins; minus infinity where it must not be folded. */
  readonly at: number;
  /** Between brackets, where more characters mean something. */
  readonly flow?: boolean;
}

/** A value that holds no others, folded behind column 80. */
export function scalar(data: Exclude<Data, object> | null, { indent, at, flow = false }: Place): string {
  if (data === null) return 'null';
  if (typeof data === 'boolean') return String(data);
  if (typeof data === 'number') return numberText(data).replace(/^([-\d]+)e/, '$1.0e');
  if (/[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]| \n|\n /.test(data)) return doubleQuoted(data, indent, at);
  const plain = data !== '' && !NOT_A_STRING.test(data) && isPlain(data) && !(flow && /[,?[\]{}:]/.test(data));
  return folded(plain ? data : `'${data.replaceAll("'", "''")}'`, indent, at, plain ? 0 : 1);
}

function isPlain(text: string): boolean {
  if (/^[ ]|[ ]$|\n/.test(text) || /^(---|\.\.\.)/.test(text)) return false;
  if (/^[,[\]{}#&*!|>'"%@`]/.test(text) || /^[-?:](\s|$)/.test(text)) return false;
  return !/:(\s|$)|\s#/.test(text);
}

/** Broken at the first single space behind column 80, never beside its quotes; a line end becomes an empty line. */
function folded(text: string, indent: number, at: number, quotes: 0 | 1): string {
  const pad = ' '.repeat(Math.max(indent, 0));
  let column = at;
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '\n') {
      const run = /^\n+/.exec(text.slice(i))?.[0] ?? char;
      out += `\n${run}${pad}`;
      i += run.length - 1;
      column = indent;
      continue;
    }
    const single = char === ' ' && text[i - 1] !== ' ' && text[i + 1] !== ' ';
    const inside = i > quotes && i < text.length - 1 - quotes;
    if (single && inside && column > WIDTH) {
      out += `\n${pad}`;
      column = indent;
      continue;
    }
    out += char;
    column += 1;
  }
  return out;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
};

function doubleQuoted(text: string, indent: number, at: number): string {
  const chars = [...text];
  let out = '"';
  let column = at + 1;
  for (const [i, char] of chars.entries()) {
    if (char === ' ' && chars[i - 1] !== ' ' && column > WIDTH && i > 0 && i < chars.length - 1) {
      out += `\n${' '.repeat(indent)}${chars[i + 1] === ' ' ? '\\' : ''}`;
      column = indent;
      continue;
    }
    const written = ESCAPES[char] ?? escaped(char);
    out += written;
    column += written.length;
  }
  return `${out}"`;
}

/** What YAML's C writer holds for printable stays as it is. */
function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code > 0xffff) return `\\U${hex.padStart(8, '0')}`;
  if (/[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(char)) return char;
  return code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
}
