import { createHash, randomUUID } from 'node:crypto';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { posix } from 'node:path';
import { parse, stringify } from 'yaml';

type Filter = (value: unknown, ...args: unknown[]) => unknown;

/** What a filter throws to say what is wrong with what it was given. */
export class FilterError extends Error {}

/** The engine hands a mapping over as a Map, named arguments as a last one. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, it]) => [String(key), plain(it)]));
  return Array.isArray(value) ? value.map(plain) : (value ?? null);
}

function read(text: unknown): unknown {
  try {
    return parse(String(text), { version: '1.1' });
  } catch {
    throw new FilterError('what is loaded here is not valid YAML');
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value == null ? [] : [value]);
const key = (value: unknown) => JSON.stringify(plain(value));
const keys = (value: unknown) => new Set(list(value).map(key));
const unique = (values: unknown[]) => [...new Map(values.map((it) => [key(it), it])).values()];
const digest = (algorithm: string) => (value: unknown) => createHash(algorithm).update(String(value)).digest('hex');
const numbers = (value: unknown) => list(value).map(Number);

/** Python's regular expressions in our own dialect: named groups and inline flags are all that differs in practice. */
function pattern(written: unknown, flags: string): RegExp {
  const [, inline = '', source = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(String(written)) ?? [];
  try {
    return new RegExp(source.replaceAll('(?P<', '(?<'), [...new Set(`${flags}${inline}`)].join(''));
  } catch {
    throw new FilterError('this is no regular expression');
  }
}

const ignoringCase = (a: unknown, b: unknown) => String(a).toLowerCase().localeCompare(String(b).toLowerCase());

/** Salt's filters that make sense where nothing is known but the template. Source: Salt's guide "Understanding Jinja". */
export const FILTERS: Readonly<Record<string, Filter>> = {
  json: (value) => pythonJson(plain(value)),
  yaml: (value, flow) => yaml(plain(value), flow),
  yaml_encode: (value) => (typeof value === 'string' ? JSON.stringify(value) : yaml(plain(value), true)),
  yaml_dquote: (value) => JSON.stringify(String(value)),
  yaml_squote: (value) => `'${String(value).replaceAll("'", "''").replaceAll('\n', '\n\n')}'`,
  load_json: read,
  load_yaml: read,
  python: (value) => pythonJson(plain(value)),
  regex_replace: (value, from, to) => String(value).replace(pattern(from, 'g'), String(to).replace(/\\(\d)/g, '$$$1')),
  regex_match: (value, written) =>
    String(value)
      .match(pattern(`^(?:${written})`, ''))
      ?.slice(1) ?? null,
  regex_search: (value, written) => String(value).match(pattern(written, ''))?.slice(1) ?? null,
  is_list: Array.isArray,
  is_iter: (value) => Array.isArray(value) || value instanceof Map,
  is_empty: (value) => value == null || value === '' || list(value).length === 0,
  sequence: list,
  flatten: (value) => list(value).flat(Number.POSITIVE_INFINITY),
  union: (value, other) => unique([...list(value), ...list(other)]),
  intersect: (value, other) => unique(list(value).filter((it) => keys(other).has(key(it)))),
  difference: (value, other) => unique(list(value).filter((it) => !keys(other).has(key(it)))),
  symmetric_difference: (value, other) => {
    const both = [...list(value), ...list(other)];
    return unique(both.filter((it) => keys(value).has(key(it)) !== keys(other).has(key(it))));
  },
  avg: (value) => numbers(value).reduce((sum, it) => sum + it, 0) / numbers(value).length,
  sorted_ignorecase: (value) => list(value).toSorted(ignoringCase),
  substring_in_list: (value, others) => list(others).some((it) => String(it).includes(String(value))),
  to_bool: (value) => /^(yes|1|true)$/i.test(String(value)),
  to_num: (value) => Number(value),
  str_to_num: (value) => Number(value),
  quote: (value) => (/^[\w@%+=:,./-]+$/.test(String(value)) ? value : `'${String(value).replaceAll("'", `'"'"'`)}'`),
  regex_escape: (value) => String(value).replace(/[^\w]/g, '\\$&'),
  md5: digest('md5'),
  sha1: digest('sha1'),
  sha256: digest('sha256'),
  sha512: digest('sha512'),
  uuid: () => randomUUID(),
  base64_encode: (value) => Buffer.from(String(value)).toString('base64'),
  base64_decode: (value) => Buffer.from(String(value), 'base64').toString(),
  path_join: (value, ...parts) => posix.join(...[value, ...parts].map(String)),
  is_ip: (value) => isIP(String(value)) !== 0,
  is_ipv4: (value) => isIPv4(String(value)),
  is_ipv6: (value) => isIPv6(String(value)),
  format: (value, ...args) => percentFormat(String(value), args),
  brace_format: (value, ...args) => braceFormat(String(value), args),
  get_or: (value, name, otherwise) =>
    value instanceof Map ? (value.has(name) ? value.get(name) : otherwise) : otherwise,
};

export const TESTS: Readonly<Record<string, (value: unknown, ...args: unknown[]) => boolean>> = {
  match: (value, written) => pattern(`^(?:${written})`, '').test(String(value)),
  list: Array.isArray,
};

/** As Python writes it, with a space after `:` and `,`. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, it]) => `${JSON.stringify(name)}: ${pythonJson(it)}`)
    .join(', ')}}`;
}

function yaml(value: unknown, flow: unknown): string {
  const collectionStyle = flow === false ? 'block' : 'flow';
  return stringify(value, { collectionStyle, lineWidth: 0, flowCollectionPadding: false, version: '1.1' }).trimEnd();
}

const PERCENT = /%(?:\((\w+)\))?([-+0 #]*)(\d*)(?:\.(\d+))?([sdifxXor%])/g;

/** `%s`, `%d`, `%05.1f`, `%x`, `%(name)s`: the conversions of Python's `%` that names of machines are made with. */
function percentFormat(written: string, args: unknown[]): string {
  let next = 0;
  return written.replace(PERCENT, (...[, name, flags, width, digits, type = '']: (string | undefined)[]) => {
    if (type === '%') return '%';
    const [first] = args;
    const value = name ? (first instanceof Map ? first.get(name) : undefined) : args[next++];
    if (value === undefined) throw new FilterError('there are fewer values than places for them');
    const side = flags?.includes('-') ? '<' : '>';
    return padded(converted(value, type, digits), side, flags?.includes('0') ? '0' : ' ', width);
  });
}

const BRACES = /\{\{|\}\}|\{(\w*)(?::(?:(.)?([<>^]))?(0?)(\d*)(?:\.(\d+))?([sdfxX]?))?\}/g;

/** `{}`, `{0}`, `{name}`, `{:03d}`, `{:>8}` of Python's `format`. */
function braceFormat(written: string, args: unknown[]): string {
  const last = args.at(-1);
  const named = last instanceof Map ? last : new Map<unknown, unknown>();
  let next = 0;
  return written.replace(
    BRACES,
    (...[whole = '', name = '', fill, align, zero, width, digits, type]: (string | undefined)[]) => {
      if (whole === '{{' || whole === '}}') return whole.slice(1);
      const value = name === '' ? args[next++] : /^\d+$/.test(name) ? args[Number(name)] : named.get(name);
      if (value === undefined) throw new FilterError(`there is no value for {${name}}`);
      const side = align ?? (typeof value === 'number' ? '>' : '<');
      return padded(converted(value, type || 's', digits), side, fill ?? (zero || ' '), width);
    },
  );
}

function converted(value: unknown, type: string, digits: string | undefined): string {
  if (type === 's' || type === 'r')
    return value === true ? 'True' : value === false ? 'False' : String(plain(value) ?? 'None');
  const number = Number(value);
  if (Number.isNaN(number)) throw new FilterError(`%${type} needs a number`);
  if (type === 'f') return number.toFixed(digits === undefined ? 6 : Number(digits));
  const base = { x: 16, X: 16, o: 8 }[type] ?? 10;
  const text = Math.trunc(number).toString(base);
  return type === 'X' ? text.toUpperCase() : text;
}

function padded(text: string, side: string, fill: string, width: string | undefined): string {
  const wanted = Number(width || 0);
  if (side === '<') return text.padEnd(wanted, fill);
  if (side === '^') return text.padStart(Math.floor((text.length + wanted) / 2), fill).padEnd(wanted, fill);
  return text.padStart(wanted, fill);
}
