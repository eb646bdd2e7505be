import type { Problem } from './bundle.ts';
import { placeIn } from './jinja-lines.ts';
import type { Prepared } from './jinja-source.ts';
import { NOTHING } from './jinja-strict.ts';

const SAYS: readonly (readonly [RegExp, (found: string, word: string, fuel: number) => string])[] = [
  [/^undefined value/, (_, word) => (word ? `"${word}" is not defined` : 'something here is not defined')],
  [
    /^engine ran out of fuel/,
    (_found, _word, fuel) => `the template does not come to an end (${fuel.toLocaleString('en')} steps)`,
  ],
  [/^unknown (?:filter|test|function): (.*) is unknown/, (found) => `there is no ${found}`],
  [/^could not render include/, () => 'the template includes itself'],
  [/^template not found: .*?("[^"]*")/, (found) => `there is no template ${found}`],
  [/^invalid operation: value of type undefined is not callable/, (_, word) => `"${word}" calls what is not there`],
  [/^(?:syntax error|invalid operation|unknown method)(?:: )?(.*)/, (found) => `the template fails: ${found}`],
];

/**
 * The engine's error in our words, at the place it names; null when it has broken down. `inside` tells how a template fails
 * that the main one includes: the engine keeps that to itself.
 */
export function problemOf(
  prepared: Prepared,
  error: unknown,
  fuel: number,
  inside: (index: number) => unknown,
): Problem | null {
  const said = error instanceof Error ? error.message : '';
  const [first = ''] = said.split('\n', 1);
  const [, detail = first, index = '0', line] = /^(.*?)(?: \(in (\d+):(\d+)\))?$/.exec(first) ?? [];
  const template = prepared.templates[Number(index)];
  if (line === undefined || template === undefined) return null;
  const inner = /(?:error in|non-existing template) "(\d+)"/.exec(detail)?.[1];
  const innerError = inner === undefined || inner === index ? null : inside(Number(inner));
  if (innerError !== null) return problemOf(prepared, innerError, fuel, inside);
  const { word, column } = pointedAt(said, line);
  const rule = SAYS.find(([pattern]) => pattern.test(detail));
  const message = rule ? rule[1](rule[0].exec(detail)?.[1] ?? '', word, fuel) : `the template fails: ${detail}`;
  const written = template.text.split('\n')[Number(line) - 1] ?? '';
  const hint = HINTS.find(([pattern]) => pattern.test(written) || pattern.test(detail))?.[1];
  return { level: 'error', message, ...placeIn(template, Number(line), word, column), ...(hint && { hint }) };
}

/** What is in the template's line or in the engine's words → what to do. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/\bsalt\s*[.[]/, "Salt's functions cannot be called here; nor can they in a map of Salt's: `salt` is empty there."],
  [
    /\b(?:grains|pillar)\s*[.[]/,
    'There are no grains or pillar here; nor are there in a map of Salt’s: use default(…).',
  ],
  [/^template not found/, 'It is looked for beside this file, and in /srv/salt.'],
  [
    /no method named (?:append|extend|insert|pop|update)/,
    'Lists and mappings do not change here: set a `namespace` to `ns.list + [x]`.',
  ],
  [/unknown statement (?:break|continue)/, 'Choose with `{% for x in list if … %}` in its place.'],
  [/unexpected `,`, expected assignment/, 'Set one name in each tag.'],
  [/ran out of fuel/, 'Look at the loops: each machine takes some ten steps.'],
];

/** What the engine underlines in its report, to the left up to where the name begins, and where. */
function pointedAt(report: string, line: string): { word: string; column: number } {
  const lines = report.split('\n');
  const at = lines.findIndex((it) => it.trimStart().startsWith(`${line} >`));
  const [shown = '', below = ''] = lines.slice(at, at + 2);
  const caret = at < 0 ? null : /^\s*i\s+(\^+)/.exec(below);
  if (!caret?.[1]) return { word: '', column: 0 };
  const end = caret[0].length;
  let start = end - caret[1].length;
  if (/[.[]/.test(shown[start] ?? '')) start -= /(?:[\w.]|\[[^\]]*\])*$/.exec(shown.slice(0, start))?.[0].length ?? 0;
  const word = shown.slice(start, end).trim();
  const name = word.endsWith(NOTHING) ? word.slice(0, -NOTHING.length) : word;
  return { word: name, column: start - shown.indexOf('>') - 2 };
}
