import { type Data, isList, isMap, sortedKeys } from './data.ts';
import { scalar, WIDTH } from './yaml-scalar.ts';

/** YAML as Salt dumps it: sorted keys, lists level with their key, long text folded. A negative indent: between brackets. */
export function renderYaml(data: Data, indent = 2): string {
  if (indent < 0) return `${renderFlow(data)}\n`;
  const step = indent >= 2 && indent <= 9 ? indent : 2;
  return isList(data) || isMap(data) ? block(data, 0, step) : `${scalar(data, { indent: step, at: 0 })}\n`;
}

/** A list or mapping, its first line without the columns before it. */
function block(data: Data, column: number, step: number): string {
  const pad = ' '.repeat(column);
  if (isList(data)) {
    if (data.length === 0) return '[]\n';
    const head = (each: Data) => (isFilled(each) ? `-${' '.repeat(step - 1)}` : '- ');
    return data.map((each) => head(each) + value(each, column + step, column, step, '- ')).join(pad);
  }
  if (!isMap(data)) return `${scalar(data, { indent: column, at: column })}\n`;
  const keys = sortedKeys(data);
  if (keys.length === 0) return '{}\n';
  return keys
    .map((key) => {
      const name = scalar(key, { indent: column, at: Number.NEGATIVE_INFINITY });
      const member = data[key] ?? null;
      if (!isFilled(member)) return `${name}: ${value(member, column + step, column, step, `${name}: `)}`;
      const deeper = isMap(member) ? column + step : column;
      return `${name}:\n${' '.repeat(deeper)}${block(member, deeper, step)}`;
    })
    .join(pad);
}

function isFilled(data: Data): boolean {
  return isList(data) ? data.length > 0 : isMap(data) && Object.keys(data).length > 0;
}

function value(data: Data, column: number, from: number, step: number, head: string): string {
  return isList(data) || isMap(data)
    ? block(data, column, step)
    : `${scalar(data, { indent: column, at: from + head.length })}\n`;
}

/** Everything between brackets, a new line begun where one is full. */
function renderFlow(top: Data): string {
  let text = '';
  let column = 0;
  const put = (part: string) => {
    const end = part.lastIndexOf('\n');
    column = end < 0 ? column + part.length : part.length - end - 1;
    text += part;
  };
  const separate = (first: boolean, indent: number) => {
    if (!first) put(',');
    if (column > WIDTH) put(`\n${' '.repeat(indent)}`);
    else if (!first) put(' ');
  };
  const write = (data: Data, indent: number) => {
    if (isList(data)) {
      put('[');
      data.forEach((each, i) => {
        separate(i === 0, indent + 2);
        write(each, indent + 2);
      });
      put(']');
    } else if (isMap(data)) {
      put('{');
      sortedKeys(data).forEach((key, i) => {
        separate(i === 0, indent + 2);
        put(`${scalar(key, { indent, at: Number.NEGATIVE_INFINITY, flow: true })}: `);
        write(data[key] ?? null, indent + 2);
      });
      put('}');
    } else {
      put(scalar(data, { indent: indent + 2, at: column, flow: true }));
    }
  };
  write(top, 0);
  return text;
}
