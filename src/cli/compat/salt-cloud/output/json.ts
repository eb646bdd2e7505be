import { type Data, isList, isMap, sortedKeys } from './data.ts';
import { numberText } from './python.ts';

/** JSON as Python's `json.dumps` writes it. `indent`: columns a level, null for one line, `pretty` for four and sorted keys. */
export function renderJson(data: Data, indent: number | 'pretty' | null = 4): string {
  const step = indent === 'pretty' ? 4 : indent;
  return write(data, step === null || step < 0 ? null : step, 0, indent === 'pretty');
}

function write(data: Data, step: number | null, depth: number, sort: boolean): string {
  if (typeof data === 'number') return numberText(data);
  if (isList(data)) {
    return block(
      '[]',
      data.map((each) => write(each, step, depth + 1, sort)),
      step,
      depth,
    );
  }
  if (!isMap(data)) return text(data);
  const keys = sort ? sortedKeys(data) : Object.keys(data);
  const members = keys.map((key) => `${text(key)}: ${write(data[key] ?? null, step, depth + 1, sort)}`);
  return block('{}', members, step, depth);
}

function block(brackets: '[]' | '{}', members: readonly string[], step: number | null, depth: number): string {
  const [open, close] = [brackets.charAt(0), brackets.charAt(1)];
  if (members.length === 0) return brackets;
  if (step === null) return open + members.join(', ') + close;
  const line = (level: number) => `\n${' '.repeat(step * level)}`;
  return open + line(depth + 1) + members.join(`,${line(depth + 1)}`) + line(depth) + close;
}

function text(data: string | boolean | null): string {
  return JSON.stringify(data);
}
