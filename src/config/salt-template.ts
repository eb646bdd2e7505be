import { isScalar, visit } from 'yaml';
import type { Attached } from './attached.ts';
import { renderJinja } from './jinja.ts';
import type { Loading, TextFile } from './loading.ts';
import { type Place, positionOf } from './place.ts';
import { anything } from './readers.ts';
import { displayPath, parseSource } from './source.ts';

/** What a template of Salt Cloud's sees of the machine: its profile's settings, with the provider's and main file's below. */
export function settingsIn(entries: readonly Place[]): Record<string, unknown> {
  return Object.fromEntries(entries.map((entry) => [entry.key, anything(entry)]));
}

/**
 * A script or user data with its Jinja rendered. A profile stands for many machines: a template that asks for the name of one
 * fails, and is told.
 */
export function rendered(
  place: Place,
  file: Attached,
  context: { readonly opts: Record<string, unknown>; readonly variables?: Record<string, unknown> },
): Attached | undefined {
  if (!/\{\{|\{%/.test(file.content)) return file;
  const { cwd, problems } = place.reading;
  const template = { path: file.path, file: displayPath(file.path, cwd), text: file.content };
  const result = renderJinja(template, { cwd, ...context });
  if ('text' in result) return { ...file, content: result.text };
  const { file: asker, line } = positionOf(place);
  const hint = result.problem.hint ?? `It is rendered for the profile at ${asker}:${line}, not for one machine.`;
  problems.push({ ...result.problem, hint });
  return undefined;
}

/**
 * A file of Salt's as YAML. Salt renders maps only; here its other files may be templates as well, and are rendered when they
 * are no YAML otherwise: then no `{{ }}` that Salt takes for text is touched. Null after telling what fails.
 */
export function plainYaml(file: TextFile, { options, drafts, problems }: Loading): TextFile | null {
  if (!/\{\{|\{%/.test(file.text) || isYaml(file)) return file;
  const result = renderJinja(file, { cwd: options.cwd, opts: settingsIn(drafts.salt.main) });
  if ('text' in result) return { ...file, ...result };
  problems.push(result.problem);
  return null;
}

function isYaml(file: TextFile): boolean {
  const source = parseSource(file, '1.1', []);
  let plain = source !== null;
  if (source) {
    visit(source.document, {
      Pair(_, { key }) {
        if (!isScalar(key)) plain = false;
      },
    });
  }
  return plain;
}
