import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { type Document, LineCounter, parseDocument, visit, type YAMLError, type YAMLWarning } from 'yaml';
import type { Position, Problem } from './bundle.ts';
import { saltTags } from './salt-yaml.ts';

/** A YAML file, parsed, that knows where everything stands. */
export interface Source {
  /** As people would write it from where they are. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
  /** Where in its template a text that one gave was written, from `start` to `end` (offsets). */
  readonly positionOf?: ((start: number, end: number) => Position) | undefined;
}

/** No file of configuration, script or key is larger by intent. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The text of a file, or in words why it cannot be had. */
export function readText(path: string): { readonly text: string } | { readonly failure: string } {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { failure: 'it is a directory' };
    if (!stat.isFile()) return { failure: 'it is not a plain file' };
    if (stat.size > MAX_BYTES) return { failure: 'it is larger than 16 MiB' };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { failure: REASONS[code] ?? `reading it failed (${code})` };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'you may not read it',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** The path as shown to people: short when it lies below where they are. */
export function displayPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** Parses; null when the text is no YAML, which is then the one problem told of this file. Salt's files are YAML 1.1. */
export function parseSource(
  file: Pick<Source, 'path' | 'file' | 'text' | 'positionOf'>,
  version: '1.1' | '1.2',
  problems: Problem[],
): Source | null {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    const options = { lineCounter: lines, version, merge: true, prettyErrors: false };
    document = parseDocument(file.text, version === '1.1' ? { ...options, customTags: saltTags } : options);
  } catch (error) {
    problems.push(
      wholeFile(file.file, `this is no YAML that can be read (${error instanceof Error ? error.name : ''})`),
    );
    return null;
  }
  const source = { ...file, lines, document };
  const duplicates = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const broken = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (broken) {
    problems.push(yamlProblem(source, broken, 'error'));
    return null;
  }
  problems.push(...duplicates.map((error) => yamlProblem(source, error, 'error')));
  problems.push(...document.warnings.map((warning) => yamlProblem(source, warning, 'warning')));
  return source;
}

/** A problem with a file that cannot be read at all. */
export function wholeFile(file: string, message: string, hint?: string): Problem {
  return { level: 'error', message, file, line: 0, column: 0, length: 0, excerpt: null, ...(hint && { hint }) };
}

const YAML_MESSAGES: Readonly<Record<string, { readonly message: string; readonly expected?: string }>> = {
  TAB_AS_INDENT: { message: 'a tab is used to indent', expected: 'spaces' },
  MULTIPLE_DOCS: { message: 'a second document begins here', expected: 'one document a file' },
};

function yamlProblem(source: Source, error: YAMLError | YAMLWarning, level: Problem['level']): Problem {
  const [start] = error.pos;
  if (error.code === 'DUPLICATE_KEY') {
    // Behind an empty value the library points at where that ended.
    const [whole = '', key = ''] = /^\s*([^:\s]*)/.exec(source.text.slice(start)) ?? [];
    const end = start + whole.length;
    const place = positionAt(source, end - key.length, Math.max(end, end - key.length + 1));
    return { level, message: `the key ${key} is there already`, expected: 'each key once', ...place };
  }
  const quote = error.code === 'MISSING_CHAR' ? openQuote(source.document, start) : null;
  if (quote !== null) return { level, message: 'this quote is left open', ...positionAt(source, quote, quote + 1) };
  const isReference = source.text.slice(start - 1, start + 1) === '${';
  // The library's own words may go on to quote the file, thus a secret: only their beginning is kept.
  const said = error.message.split(/[:\n"]/)[0]?.trim() ?? '';
  const known = YAML_MESSAGES[error.code] ?? { message: `this is not valid YAML: ${said}` };
  const hint = isReference ? { hint: `Between { } or [ ] a reference stands in quotes: "\${NAME}".` } : {};
  return { level, ...known, ...positionAt(source, start, start + 1), ...hint };
}

/** The library points at the end of the file; the mistake is where the text began. */
function openQuote(document: Document.Parsed, end: number): number | null {
  let found: number | null = null;
  visit(document, {
    Scalar(_, { type, range }) {
      if (type?.startsWith('QUOTE') && range && range[0] < end && end <= range[2]) found = range[0];
    },
  });
  return found;
}

/** The place of the text from `start` to `end` (offsets), at most to the end of its first line. */
export function positionAt(
  source: Pick<Source, 'file' | 'text' | 'lines' | 'positionOf'>,
  start: number,
  end: number,
): Position {
  if (source.positionOf) return source.positionOf(start, end);
  const { line, col } = source.lines.linePos(Math.min(start, source.text.length));
  const lineStart = source.lines.lineStarts[line - 1] ?? 0;
  const lineEnd = source.text.indexOf('\n', lineStart);
  const whole = source.text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).trimEnd();
  const stop = Math.max(Math.min(end - lineStart, whole.length), col);
  const shown = `${withoutValues(whole.slice(0, col - 1))}${whole.slice(col - 1, stop)}`
    .replaceAll('\t', '→')
    .replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  const rest = whole.slice(stop);
  const excerpt = rest === '' || rest === ':' ? shown + rest : `${shown}${/^\s*:/.test(rest) ? ': …' : ' …'}`;
  return { file: source.file, line, column: col, length: Math.max(1, stop - col + 1), excerpt };
}

/** Keys whose values are words of the format, names, or what a catalogue lists: never a secret. */
const PLAIN =
  /^(profile|profiles|provider|providers|machines|driver|image|size|commercial_type|location|zone|region|extends|requires|include|tags|reach|port|on_failure|protect)$/;

/** Values on the same line may be secrets and are not what is meant: keys stay, and plain values, everything in its column. */
function withoutValues(text: string): string {
  let under = '';
  return text.replace(/"[^"]*"?|'[^']*'?|[^\s,{}[\]"']+/g, (word, offset: number) => {
    const isKey = word.endsWith(':') || text[offset + word.length] === ':';
    if (isKey) under = word.replace(/:$/, '');
    // A quote that is left open may hold anything.
    const isOpen = /^["']/.test(word) && !/^("[^"]*"|'[^']*')$/.test(word);
    const isPlain = isKey || /^-+$/.test(word) || (PLAIN.test(under) && !isOpen);
    return isPlain ? word : '*'.repeat(word.length);
  });
}
