import { dirname, resolve } from 'node:path';
import { LineCounter, parse } from 'yaml';
import { inEngineWords } from './jinja-python.ts';
import { countLines, type Piece, scan } from './jinja-scan.ts';
import { strictly, strictStatement } from './jinja-strict.ts';
import { readText } from './source.ts';

/** A template file in three forms: as written, in the engine's words, and the latter with its lines marked. */
export interface Template {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly plain: string;
  readonly marked: string;
}

/** What rendering one template takes: itself first, then all that it imports. The index is the engine's name for it. */
export interface Prepared {
  readonly templates: Template[];
  /** What `import_yaml` and the like have read, by the name it has in the context. */
  readonly data: Record<string, unknown>;
  /** Where a tag begins that does not end. */
  readonly open: { readonly template: Template; readonly line: number }[];
}

export interface TemplateFile {
  readonly path: string;
  readonly file: string;
  readonly text: string;
}

interface Search {
  readonly prepared: Prepared;
  /** How people write a path. */
  readonly display: (path: string) => string;
}

/** Where Salt keeps the files that its own templates name, when they do not lie beside. */
const FILE_ROOT = '/srv/salt';
/** Stand in the output where a line begins, and are taken out again. Private characters: no file of words has them. */
const MARK = ['\ue000', '\ue001'] as const;
export const MARKS = /\ue000(\d+):(\d+)\ue001/g;
const CAPTURES = new Set(['macro', 'call', 'filter', 'load_yaml', 'load_json', 'load_text']);
const IMPORT =
  /^(\s*)(import|from|include|extends|import_yaml|import_json|import_text)(\s+)("[^"]*"|'[^']*')([\s\S]*)$/;

/** Reads a template and what it imports. A file that cannot be had is left out: the engine tells at the line that needs it. */
export function prepare(main: TemplateFile, display: (path: string) => string): Prepared {
  const prepared: Prepared = { templates: [], data: {}, open: [] };
  addTemplate({ prepared, display }, main);
  return prepared;
}

function addTemplate(search: Search, { path, file, text }: TemplateFile): number {
  const { templates, open } = search.prepared;
  const known = templates.findIndex((it) => it.path === path);
  if (known >= 0) return known;
  const index = templates.length;
  const lines = new LineCounter();
  for (let at = 0; at >= 0; at = text.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
  // Its place is taken before its imports are looked at, so that a circle of them ends.
  const template = { path, file, text, lines, plain: text, marked: text };
  templates.push(template);
  const plain: string[] = [];
  const marked: string[] = [];
  const captures: string[] = [];
  for (const piece of scan(text)) {
    if (piece.kind !== 'data' && !/[}%#]\}$/.test(piece.text)) open.push({ template, line: piece.line });
    const words = inWords(search, path, piece, captures);
    plain.push(words);
    marked.push(captures.length > 0 ? words : withMarks(piece, words, index));
  }
  templates[index] = { ...template, plain: plain.join(''), marked: marked.join('') };
  return index;
}

/** Before the first character of each line that shows: behind the space that a `-%}` or `{%-` may take away. */
function withMarks({ kind, line, text }: Piece, words: string, index: number): string {
  const mark = (at: number) => `${MARK[0]}${index}:${at}${MARK[1]}`;
  if (kind === 'print') return words.startsWith('{{-') ? words : mark(line) + words;
  if (kind !== 'data') return words;
  return text.replace(/(^|\n)([^\S\n]*)(?=\S)/g, (space, end: string, _, offset: number) => {
    return `${space}${mark(line + countLines(text.slice(0, offset + end.length)))}`;
  });
}

/** A tag in the engine's words, as many lines high as before. What it captures for later use is kept count of. */
function inWords(search: Search, path: string, { kind, text }: Piece, captures: string[]): string {
  const [, open, inside = '', close = ''] = /^(\{[{%][-+]?)([\s\S]*?)([-+]?[}%]\})$/.exec(text) ?? [];
  if (open === undefined || kind === 'data' || kind === 'comment') return text;
  if (kind === 'print') return open + strictly(inEngineWords(inside)) + close;
  const [, name = '', rest = ''] = /^\s*(\w+)([\s\S]*)$/.exec(inside) ?? [];
  const captured = captures.at(-1);
  if (captured !== undefined && name === `end${captured.split(' ')[0]}`) {
    captures.pop();
    return endOfCapture(captured, open, close) ?? text;
  }
  if (/^end(load|import)$/.test(name) && captured?.startsWith('load_')) {
    captures.pop();
    return endOfCapture(captured, open, close) ?? text;
  }
  if (CAPTURES.has(name)) {
    const variable = /^\s+as\s+(\w+)\s*$/.exec(rest)?.[1];
    captures.push(`${name} ${variable ?? ''}`);
    if (name.startsWith('load_') && variable) return `${open}${/^\s*/.exec(inside)?.[0]}set ${variable}${close}`;
  } else if (name === 'set' && !rest.includes('=')) captures.push('set');
  const imported = IMPORT.exec(inside);
  return open + (imported ? importInWords(search, path, imported) : strictStatement(inEngineWords(inside))) + close;
}

/** `{% load_yaml as x %}…{% endload %}` captures text, and reads it when it ends. */
function endOfCapture(captured: string, open: string, close: string): string | null {
  const [name = '', variable] = captured.split(' ');
  if (!name.startsWith('load_') || !variable) return null;
  const read = name === 'load_text' ? '' : `{% set ${variable} = ${variable}|${name} ${close}`;
  return `${open} endset ${read === '' ? close : '%}'}${read}`;
}

function importInWords(search: Search, path: string, parts: readonly (string | undefined)[]): string {
  const [, space = '', name = '', gap = '', quoted = '', rest = ''] = parts;
  const written = quoted.slice(1, -1).replace(/^salt:\/\//, '');
  const found = fileFor(path, search.prepared.templates[0]?.path ?? path, written);
  if (found === null) return `${space}${name.startsWith('import_') ? 'import' : name}${gap}${quoted}${rest}`;
  const [, variable] = /^\s+as\s+(\w+)/.exec(rest) ?? [];
  if (!name.startsWith('import_') || !variable) {
    return `${space}${name}${gap}"${addTemplate(search, { ...found, file: search.display(found.path) })}"${rest}`;
  }
  const key = `imported_data_${Object.keys(search.prepared.data).length}`;
  search.prepared.data[key] = name === 'import_text' ? found.text : dataOf(found.text);
  return `${space}set ${variable}${gap}= ${key}`;
}

function dataOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** Beside the template that names it, beside the first one, or in Salt's file root. */
function fileFor(
  path: string,
  first: string,
  written: string,
): { readonly path: string; readonly text: string } | null {
  for (const directory of [dirname(path), dirname(first), FILE_ROOT]) {
    const candidate = resolve(directory, written);
    const read = readText(candidate);
    if ('text' in read) return { path: candidate, text: read.text };
  }
  return null;
}
