import { isMap, isSeq, type Node, parseDocument } from 'yaml';
import { showFloat } from '../lib/jinja/numbers.ts';
import { compare, Dict, JinjaError, nameOf, Tuple, Undefined, type Value, View } from '../lib/jinja/values.ts';
import { saltTags } from './salt-yaml.ts';

/** What YAML or JSON of Salt's says, as a template has it. */
export function loaded(text: string, form: 'yaml' | 'json'): Value {
  const options =
    form === 'yaml'
      ? ({ version: '1.1', customTags: saltTags, merge: true } as const)
      : ({ version: '1.2', schema: 'json' } as const);
  const document = parseDocument(text, { ...options, intAsBigInt: true, prettyErrors: false, logLevel: 'silent' });
  const isJson = form === 'yaml' || isValidJson(text);
  if (document.errors.length > 0 || document.warnings.length > 0 || !isJson)
    throw new JinjaError(`what is loaded here is not valid ${form.toUpperCase()}`);
  if (form === 'yaml' && hasComplexKey(document.contents))
    throw new JinjaError('a key of what is loaded here is no text or number');
  return asValue(document.toJS({ mapAsMap: true, maxAliasCount: 1000 }), (number) => number);
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function hasComplexKey(node: Node | null): boolean {
  if (isSeq(node)) return node.items.some((it) => hasComplexKey(it as Node));
  return isMap(node) && node.items.some(({ key, value }) => isMap(key) || isSeq(key) || hasComplexKey(value as Node));
}

/** A value of ours as a template has it: a number of JavaScript's is taken for whole where it can be. */
export function asValue(value: unknown, ofNumber: (value: number) => Value = wholeIfItCan): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map((it) => asValue(it, ofNumber));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return new Dict(entries.map(([key, it]) => [asValue(key, ofNumber), asValue(it, ofNumber)] as const));
}

function wholeIfItCan(value: number): Value {
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Python's `json.dumps`. */
export function toJson(value: Value, sorted: boolean, indent: string | null, ascii: boolean, depth = 0): string {
  const of = (it: Value) => toJson(it, sorted, indent, ascii, depth + 1);
  const text = (it: string) => (ascii ? JSON.stringify(it).replace(/[\x7f-\uffff]/g, escaped) : JSON.stringify(it));
  if (depth > 100) throw new JinjaError('this is nested too deep, or holds itself');
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) return around('[', items.map(of), ']', indent, depth);
  if (value instanceof Dict) {
    const entries = sorted ? value.entries().toSorted(([a], [b]) => compare(a, b)) : value.entries();
    return around(
      '{',
      entries.map(([key, it]) => `${text(jsonKey(key))}: ${of(it)}`),
      '}',
      indent,
      depth,
    );
  }
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : showFloat(value).replace('inf', 'Infinity');
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  throw new JinjaError(`${nameOf(value)} is not for JSON`);
}

function jsonKey(key: Value): string {
  return typeof key === 'string' ? key : toJson(key, false, null, false);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function around(open: string, parts: readonly string[], close: string, indent: string | null, depth: number): string {
  if (indent === null || parts.length === 0) return open + parts.join(', ') + close;
  const line = `\n${indent.repeat(depth)}`;
  return `${open}${line}${indent}${parts.join(`,${line}${indent}`)}${line}${close}`;
}

/** PyYAML's `safe_dump`, on one line, or in blocks. Long lines are not wrapped. */
export function toYaml(value: Value, flow: boolean): string {
  return flow ? inFlow(value, 0, false) : inBlock(value, '').replace(/^\n/, '');
}

function inFlow(value: Value, depth: number, within: boolean): string {
  if (depth > 100) throw new JinjaError('this is nested too deep, or holds itself');
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) return `[${items.map((it) => inFlow(it, depth + 1, true)).join(', ')}]`;
  if (!(value instanceof Dict)) return yamlScalar(value, within);
  return `{${byKey(value)
    .map(([key, it]) => `${inFlow(key, depth + 1, true)}: ${inFlow(it, depth + 1, true)}`)
    .join(', ')}}`;
}

function byKey(dict: Dict): (readonly [Value, Value])[] {
  return dict.entries().toSorted(([a], [b]) => compare(a, b));
}

function inBlock(value: Value, indent: string): string {
  if (indent.length > 200) throw new JinjaError('this is nested too deep, or holds itself');
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items) && items.length > 0) {
    return items.map((it) => `\n${indent}- ${inBlock(it, `${indent}  `).trimStart()}`).join('');
  }
  if (!(value instanceof Dict) || value.size === 0) return inFlow(value, 0, false);
  return byKey(value)
    .map(([key, it]) => {
      const below = inBlock(it, it instanceof Dict ? `${indent}  ` : indent);
      return `\n${indent}${yamlScalar(key, false)}:${below.startsWith('\n') ? below : ` ${below}`}`;
    })
    .join('');
}

const UNPLAIN = /^$|^[#,[\]{}&*!|>'"%@`]|^[-?:](?:\s|$)|^(?:---|\.\.\.)|^\s|\s$|: |:$| #|[\n\t]/;
const IN_FLOW = /[,?[\]{}:]/;

export function yamlScalar(value: Value, within: boolean): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return showFloat(value).replace('inf', '.inf').replace('nan', '.nan');
    return showFloat(value).replace(/^([^.]*)e/, '$1.0e');
  }
  if (value instanceof Undefined) value.refuse();
  if (typeof value !== 'string')
    throw new JinjaError(`${value instanceof View ? 'a view of a mapping' : nameOf(value)} is not for YAML`);
  if (/[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]/.test(value)) return yamlQuoted(value);
  const isPlain = !UNPLAIN.test(value) && !(within && IN_FLOW.test(value)) && value !== '=' && value !== '<<';
  return isPlain && typeof plainly(value) === 'string' ? value : `'${value.replaceAll("'", "''")}'`;
}

const TIMESTAMP = /^\d{4}-\d\d?-\d\d?(?:$|[Tt \t])/;

/** What the text means when it stands without quotes. */
function plainly(value: string): Value {
  if (/^(?:~|null|Null|NULL)$/.test(value) || TIMESTAMP.test(value)) return null;
  return parseDocument(value, { version: '1.1', customTags: saltTags, intAsBigInt: true, logLevel: 'silent' }).toJS();
}

const YAML_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

/** In double quotes, with PyYAML's escapes. */
export function yamlQuoted(value: string): string {
  const inside = value.replace(/[^\x20-\x7e]|["\\]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const [letter, width] = code > 0xffff ? ['U', 8] : code > 0xff ? ['u', 4] : ['x', 2];
    return YAML_ESCAPES[char] ?? `\\${letter}${code.toString(16).toUpperCase().padStart(Number(width), '0')}`;
  });
  return `"${inside}"`;
}
