/** What an outputter prints: JSON's values, keys in the order in which they were put. */
export type Data = null | boolean | number | string | readonly Data[] | DataMap;
export type DataMap = { readonly [key: string]: Data };

export function isList(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

export function isMap(data: Data): data is DataMap {
  return data !== null && typeof data === 'object' && !Array.isArray(data);
}

/** Keys as Python sorts strings: by code point, not by UTF-16 unit. */
export function sortedKeys(map: DataMap): string[] {
  return Object.keys(map).sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Lines as Python's `str.splitlines` tells them: more characters end a line than `\n`, and a last one adds no empty line. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Text without white space at its end, as Python's `rstrip` takes it away. */
export function rstrip(text: string): string {
  return text.replace(/(?:(?!\ufeff)[\s\x1c-\x1f\x85])+$/, '');
}
