import { type Data, isList, isMap, sortedKeys } from './data.ts';

/** A value as Python's `repr` writes it. `sort` puts keys in order, as `pprint` does and `str` does not. */
export function repr(data: Data, sort = false): string {
  if (data === null) return 'None';
  if (typeof data === 'boolean') return data ? 'True' : 'False';
  if (typeof data === 'number') return numberText(data);
  if (typeof data === 'string') return stringText(data);
  if (isList(data)) return `[${data.map((each) => repr(each, sort)).join(', ')}]`;
  const keys = sort ? sortedKeys(data) : Object.keys(data);
  return `{${keys.map((key) => `${stringText(key)}: ${repr(data[key] ?? null, sort)}`).join(', ')}}`;
}

/** A number as Python writes what it has read from our JSON: small ones with an exponent of two digits at least. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (Number.isInteger(value) || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function stringText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = [...text].map((char) => (char === quote ? `\\${char}` : (ESCAPES[char] ?? printable(char))));
  return quote + inner.join('') + quote;
}

/** Python shows what Unicode calls printable, and the space. */
function printable(char: string): string {
  if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char;
  const code = (char.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

const WIDTH = 80;

/** Where a value stands on its line: columns before it, columns kept free behind it, how deep. */
interface Place {
  readonly indent: number;
  readonly behind: number;
  readonly level: number;
}

/** A value as Python's `pprint.pformat` writes it, `step` columns deeper at each level. */
export function pformat(data: Data, step = 1): string {
  return format(data, { indent: 0, behind: 0, level: 1 }, step);
}

function format(data: Data, place: Place, step: number): string {
  const flat = repr(data, true);
  if ([...flat].length <= WIDTH - place.indent - place.behind) return flat;
  if (typeof data === 'string') return formatString(data, place);
  if (isList(data)) {
    const lines = data.map((each, i) => format(each, inner(place, step, i === data.length - 1), step));
    return wrap('[', lines, ']', place, step);
  }
  if (!isMap(data)) return flat;
  const keys = sortedKeys(data);
  const lines = keys.map((key, i) => {
    const head = `${stringText(key)}: `;
    const at = inner(place, step, i === keys.length - 1);
    return head + format(data[key] ?? null, { ...at, indent: at.indent + [...head].length }, step);
  });
  return wrap('{', lines, '}', place, step);
}

function inner({ indent, behind, level }: Place, step: number, last: boolean): Place {
  return { indent: indent + step, behind: last ? behind + 1 : 1, level: level + 1 };
}

function wrap(open: string, lines: readonly string[], close: string, { indent }: Place, step: number): string {
  return open + ' '.repeat(Math.max(0, step - 1)) + lines.join(`,\n${' '.repeat(indent + step)}`) + close;
}

/** A long string becomes several beside each other, broken after line ends and spaces. */
function formatString(text: string, place: Place): string {
  if (text === '') return "''";
  const top = place.level === 1;
  const indent = place.indent + (top ? 1 : 0);
  const behind = place.behind + (top ? 1 : 0);
  const width = WIDTH - indent;
  const lines = text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? [];
  const whole = lines.filter((line) => line !== '');
  const chunks = whole.flatMap((line, i) => brokenLine(line, width, i === whole.length - 1 ? behind : 0));
  if (chunks.length === 1) return chunks[0] ?? '';
  const joined = chunks.join(`\n${' '.repeat(indent)}`);
  return top ? `(${joined})` : joined;
}

/** A word and the white space behind it, as Python sees white space. */
const WORDS = /(?:(?![\x1c-\x1f\x85])\S|\ufeff)*(?:(?!\ufeff)[\s\x1c-\x1f\x85])*/gu;

function brokenLine(line: string, width: number, behind: number): string[] {
  if (columns(line) <= width - behind) return [stringText(line)];
  const parts = (line.match(WORDS) ?? []).filter((part) => part !== '');
  const chunks: string[] = [];
  let current = '';
  for (const [i, part] of parts.entries()) {
    const room = i === parts.length - 1 ? width - behind : width;
    if (columns(current + part) <= room) {
      current += part;
      continue;
    }
    if (current !== '') chunks.push(stringText(current));
    current = part;
  }
  return current === '' ? chunks : [...chunks, stringText(current)];
}

function columns(text: string): number {
  return [...stringText(text)].length;
}
