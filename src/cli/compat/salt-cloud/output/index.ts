import { type Data, isMap, splitLines } from './data.ts';
import { renderJson } from './json.ts';
import { renderNested } from './nested.ts';
import { pformat, repr } from './python.ts';
import { renderYaml } from './yaml.ts';

export interface RenderOptions {
  readonly color: boolean;
  /** `--out-indent`; null when it was not given. Negative: no lines of its own for each value. */
  readonly indent: number | null;
}

/** All that `--out` takes, by name. What Salt prints of a highstate, we never have: it falls back to nested, as there. */
export const OUTPUTTERS: Readonly<Record<string, (data: Data, options: RenderOptions) => string>> = {
  nested: (data, { color }) => renderNested(data, { color }),
  highstate: (data, { color }) => renderNested(data, { color }),
  json: (data, { indent }) => renderJson(data, indent ?? 4),
  yaml: (data, { indent }) => renderYaml(data, indent ?? 2),
  raw: (data) => (typeof data === 'string' ? data : repr(data)),
  pprint: (data, { indent }) => pformat(data, indent !== null && indent >= 0 ? indent : 1),
  txt: renderText,
  text: renderText,
  quiet: () => '',
};

function renderText(data: Data): string {
  if (typeof data === 'string') return `${data}\n`;
  if (!isMap(data)) return `${pformat(data)}\n`;
  return Object.entries(data)
    .flatMap(([key, value]) =>
      (typeof value === 'string' ? splitLines(value) : [repr(value)]).map((line) => `${key}: ${line}\n`),
    )
    .join('');
}
