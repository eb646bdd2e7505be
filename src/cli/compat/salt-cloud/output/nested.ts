import { type Data, isList, isMap, sortedKeys, splitLines } from './data.ts';
import { numberText } from './python.ts';

export interface NestedOptions {
  readonly color?: boolean;
  /** Columns before every line. */
  readonly indent?: number;
}

const COLORS = { cyan: '\x1b[0;36m', green: '\x1b[0;32m', yellow: '\x1b[0;1;33m', end: '\x1b[0;0m' } as const;
const NO_COLORS = { cyan: '', green: '', yellow: '', end: '' } as const;

/** Salt's default text, to the character: https://docs.saltproject.io/en/latest/ref/output/all/salt.output.nested.html */
export function renderNested(data: Data, { color = false, indent = 0 }: NestedOptions = {}): string {
  const lines: string[] = [];
  show(data, indent, '', { lines, colors: color ? COLORS : NO_COLORS });
  return lines.join('\n');
}

interface Page {
  readonly lines: string[];
  readonly colors: Readonly<Record<keyof typeof COLORS, string>>;
}

function show(data: Data, indent: number, prefix: string, page: Page): void {
  const { lines, colors } = page;
  const line = (color: keyof typeof COLORS, text: string, suffix = '', before = prefix) =>
    void lines.push(`${' '.repeat(indent)}${colors[color]}${before}${text}${colors.end}${suffix}`);
  if (typeof data === 'string') {
    splitLines(data).forEach((text, i) => {
      line('green', text.replaceAll('\x1b', '?'), '', i === 0 ? prefix : ' '.repeat(prefix.length));
    });
  } else if (data === null || typeof data === 'boolean') {
    line('yellow', data === null ? 'None' : data ? 'True' : 'False');
  } else if (typeof data === 'number') {
    line('yellow', numberText(data));
  } else if (isList(data)) {
    for (const each of data) {
      if (!isList(each) && !isMap(each)) {
        show(each, indent, '- ', page);
        continue;
      }
      line('green', '|_', '', '');
      show(each, indent + 2, isMap(each) ? '' : '- ', page);
    }
  } else {
    if (indent > 0) line('cyan', '----------', '', '');
    for (const key of sortedKeys(data)) {
      line('cyan', key, ':');
      show(data[key] ?? null, indent + 4, '', page);
    }
  }
}
