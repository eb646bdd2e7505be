import { showFloat } from './numbers.ts';
import { Dict, type Iter, JinjaError, Range, Thing, Tuple, Undefined, type Value, View } from './values.ts';

/** Python's `str`. */
export function str(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) value.needed();
  return value instanceof Undefined ? '' : repr(value);
}

/** Python's `repr`: what `{{ }}` shows of what stands in lists and mappings. */
export function repr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return showFloat(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Tuple) return `(${value.items.map(repr).join(', ')}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof Dict)
    return `{${value
      .entries()
      .map(([key, it]) => `${repr(key)}: ${repr(it)}`)
      .join(', ')}}`;
  if (value instanceof Range) {
    return `range(${value.start}, ${value.stop}${value.step === 1n ? '' : `, ${value.step}`})`;
  }
  if (value instanceof View)
    return value.kind === 'set' ? shownSet(value) : `dict_${value.kind}(${repr(value.items())})`;
  if (value instanceof Undefined) value.needed();
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Thing) {
    const hint = value.call ? 'To call it, put brackets behind it.' : undefined;
    throw new JinjaError(`${value.what} cannot be shown as text`, hint);
  }
  return shownOnce(value);
}

function shownSet(set: View): string {
  if (set.of.size > 1)
    throw new JinjaError('a set is in no order, thus cannot be shown as text', 'Put `|sort` behind it.');
  return set.of.size === 0 ? 'set()' : `{${set.items().map(repr)}}`;
}

function shownOnce(_: Iter): never {
  throw new JinjaError('what this filter gives cannot be shown as text', 'Put `|list` or `|join` behind it.');
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\\n\r\t'"]|[^\P{C}]|[^\S ]/gu, (char) => {
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    const code = char.codePointAt(0) ?? 0;
    const [letter, width] = code > 0xffff ? ['U', 8] : code > 0xff ? ['u', 4] : ['x', 2];
    return ESCAPES[char] ?? `\\${letter}${code.toString(16).padStart(Number(width), '0')}`;
  });
  return quote + inside + quote;
}
