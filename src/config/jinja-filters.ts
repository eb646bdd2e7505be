import { createHash, createHmac } from 'node:crypto';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { posix } from 'node:path';
import { type Builtins, inPlaces } from '../lib/jinja/builtin.ts';
import { called } from '../lib/jinja/evaluate.ts';
import { readFloat } from '../lib/jinja/filters.ts';
import { attribute, member } from '../lib/jinja/methods.ts';
import { whole } from '../lib/jinja/numbers.ts';
import { str } from '../lib/jinja/print.ts';
import {
  compare,
  Dict,
  equal,
  isTrue,
  itemsIn,
  itemsOf,
  JinjaError,
  nameOf,
  Tuple,
  Undefined,
  type Value,
  View,
} from '../lib/jinja/values.ts';
import { loaded, toJson, toYaml, yamlQuoted, yamlScalar } from './jinja-data.ts';
import { patternOf, replacement } from './jinja-patterns.ts';

const text = (value: Value | undefined): string => {
  if (typeof value === 'string') return value;
  throw new JinjaError(`this needs text, not ${nameOf(value ?? null)}`);
};
const digest = (algorithm: string): Builtins[string] => [
  '',
  (_, value) => createHash(algorithm).update(text(value)).digest('hex'),
];
const list = (value: Value | undefined): Value[] => [...itemsOf(value ?? null)];
const has = (values: readonly Value[], wanted: Value) => values.some((it) => equal(it, wanted));

/** Salt makes lists of lists and sets of all else. */
function unique(value: Value): Value {
  if (Array.isArray(value)) return value.filter((it, i) => value.findIndex((other) => equal(other, it)) === i);
  if (value instanceof Dict || value instanceof View) return unique([...itemsOf(value)]);
  return new View(new Dict(list(value).map((it) => [it, true] as const)), 'set');
}

function merged(choose: (one: Value[], other: Value[]) => Value[]): Builtins[string] {
  return [
    'other!',
    (it, value, other) => {
      it.limits.step(list(value).length * list(other).length);
      const all = choose(list(value), list(other));
      const isList = Array.isArray(value) || Array.isArray(other);
      return isList ? unique(all) : unique(new Tuple(all));
    },
  ];
}

function flattened(value: Value, levels: number, keepsNone: boolean): Value[] {
  return list(value).flatMap((it) => {
    if (it === null && !keepsNone) return [];
    if (!Array.isArray(it) && !(it instanceof Tuple)) return [it];
    return levels === 0 ? [it] : flattened(it, levels - 1, keepsNone);
  });
}

/** Python's `shlex.quote`. */
const quoted = (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`);

function toBool(value: Value): boolean {
  if (typeof value === 'string') return /^(?:yes|1|true)$/i.test(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value) > 0;
  return (Array.isArray(value) || value instanceof Dict) && isTrue(value);
}

const toNumber: Builtins[string] = [
  '',
  (it, value) => {
    const isWhole = typeof value === 'string' && /^\s*[-+]?\d+(?:_\d+)*\s*$/.test(value);
    return isWhole ? it.filter('int', value, inPlaces()) : (readFloat(value) ?? value);
  },
];

/** A version 5 UUID in the name space of Salt's filters. */
function uuid(value: string): string {
  const space = Buffer.from('91633ebf1c865e33935a28061f4b480e', 'hex');
  const bytes = createHash('sha1').update(space).update(value).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function pathJoined(parts: readonly string[]): string {
  const [root = '', ...more] = parts.map((part) => posix.normalize(part || '.'));
  const joined = [root, ...more.map((part) => part.replace(/^\/+/, ''))].join('/');
  return posix.normalize(joined.replace(/\/+/g, '/')).replace(/(?<=.)\/$/, '');
}

function groups(found: RegExpExecArray | null): Value {
  return found && new Tuple(found.slice(1).map((it) => it ?? null));
}

function toBase64(value: string): string {
  return Buffer.from(value).toString('base64');
}

const signed = (value: string, secret: string) => createHmac('sha256', secret).update(value).digest();

const camel = (value: string) => value.replace(/_+([^_])/g, (_, it: string) => it.toUpperCase());

/** Salt's filters that make sense where nothing is known but the template. Source: Salt 3006's guide "Understanding Jinja". */
export const SALT_FILTERS: Builtins = {
  json: [
    'sort_keys indent',
    (_, value, sorted = true, indent) => toJson(value, isTrue(sorted), indentOf(indent), false),
  ],
  tojson: [
    'indent sort_keys ensure_ascii',
    (_, value, indent, sorted = false, ascii = true) => {
      const written = toJson(value, isTrue(sorted), indentOf(indent), isTrue(ascii));
      return written.replace(/[<>&']/g, (it) => `\\u00${it.charCodeAt(0).toString(16)}`);
    },
  ],
  yaml: ['flow_style', (_, value, flow = true) => toYaml(value, isTrue(flow))],
  yaml_encode: [
    '',
    (_, value) => {
      const isScalar = typeof value !== 'object' || value === null;
      if (!isScalar) throw new JinjaError(`${nameOf(value)} is no single value`);
      return typeof value === 'string' ? yamlQuoted(value) : yamlScalar(value, false);
    },
  ],
  yaml_dquote: ['', (_, value) => yamlQuoted(str(value))],
  yaml_squote: ['', (_, value) => `'${str(value).replaceAll("'", "''").replaceAll('\n', '\n\n')}'`],
  load_json: ['', (_, value) => loaded(text(value), 'json')],
  load_yaml: ['', (_, value) => loaded(text(value), 'yaml')],
  load_text: ['', (_, value) => value],
  regex_replace: [
    'rgx! val! ignorecase multiline',
    (it, value, written, by, ignorecase, multiline) => {
      const pattern = patternOf(written, ignorecase, multiline, 'g');
      const made = text(value).replace(pattern, replacement(text(by)));
      it.limits.make(made.length);
      return made;
    },
  ],
  regex_match: [
    'rgx! ignorecase multiline',
    (_, value, written, ignorecase, multiline) => {
      return groups(patternOf(written, ignorecase, multiline, 'y').exec(text(value)));
    },
  ],
  regex_search: [
    'rgx! ignorecase multiline',
    (_, value, written, ignorecase, multiline) => {
      return groups(patternOf(written, ignorecase, multiline, '').exec(text(value)));
    },
  ],
  regex_escape: ['', (_, value) => text(value).replace(/[-()[\]{}?*+|^$\\.&~# \t\n\r\v\f]/g, '\\$&')],
  is_list: ['', (_, value) => Array.isArray(value)],
  is_iter: ['', (_, value) => typeof value !== 'string' && itemsIn(value) !== null],
  skip: ['', () => ''],
  sequence: [
    '',
    (_, value) => (Array.isArray(value) || value instanceof Tuple || value instanceof Dict ? value : [value]),
  ],
  flatten: [
    'levels preserve_nulls',
    (_, value, levels, nulls = false) => flattened(value, whole(levels, 100), isTrue(nulls)),
  ],
  unique: ['', (_, value) => unique(value)],
  union: merged((one, other) => [...one, ...other]),
  intersect: merged((one, other) => one.filter((it) => has(other, it))),
  difference: merged((one, other) => one.filter((it) => !has(other, it))),
  symmetric_difference: merged((one, other) => [
    ...one.filter((it) => !has(other, it)),
    ...other.filter((it) => !has(one, it)),
  ]),
  min: ['', (_, value) => extreme(list(value), -1)],
  max: ['', (_, value) => extreme(list(value), 1)],
  avg: ['', (it, value) => Number(it.filter('sum', value, inPlaces())) / list(value).length],
  sorted_ignorecase: ['', (it, value) => it.filter('sort', list(value).map(text), inPlaces())],
  substring_in_list: ['list!', (_, value, others) => list(others).some((it) => text(it).includes(text(value)))],
  exactly_n_true: ['amount', (_, value, amount) => list(value).filter(isTrue).length === whole(amount, 1)],
  exactly_one_true: ['', (_, value) => list(value).filter(isTrue).length === 1],
  compare_lists: [
    'new!',
    (_, value, other) => {
      const added = list(other).filter((it) => !has(list(value), it));
      const gone = list(value).filter((it) => !has(list(other), it));
      return new Dict([
        ...(added.length > 0 ? [['new', added] as const] : []),
        ...(gone.length > 0 ? [['old', gone] as const] : []),
      ]);
    },
  ],
  traverse: [
    'key! default delimiter',
    (it, value, key, otherwise = null, by = ':') => {
      const steps = typeof key === 'string' ? key.split(text(by)) : [key ?? null];
      return steps.reduce<Value>((at, step) => {
        const index = Array.isArray(at) && typeof step === 'string' && /^-?\d+$/.test(step) ? BigInt(step) : step;
        const isHeld = at instanceof Dict ? at.has(index) : Array.isArray(at) && typeof index === 'bigint';
        const found = isHeld ? member(it, at, index) : otherwise;
        return found instanceof Undefined ? otherwise : found;
      }, value);
    },
  ],
  method_call: [
    'name! *',
    (it, value, name, ...args) => {
      const method = attribute(it, value, text(name));
      return method instanceof Undefined ? null : called(method, inPlaces(...args.map((each) => each ?? null)));
    },
  ],
  to_bool: ['', (_, value) => toBool(value)],
  to_num: toNumber,
  str_to_num: toNumber,
  to_snake_case: [
    '',
    (_, value) =>
      text(value)
        .replace(/(?<=.)[A-Z]/g, (it) => `_${it}`)
        .toLowerCase(),
  ],
  to_camelcase: [
    'uppercamel',
    (_, value, upper = false) => {
      const made = camel(text(value));
      return isTrue(upper) ? made.slice(0, 1).toUpperCase() + made.slice(1) : made;
    },
  ],
  contains_whitespace: ['', (_, value) => /\s/.test(text(value))],
  is_hex: [
    '',
    (_, value) => typeof value === 'string' && /^\s*[-+]?(?:0[xX])?[\da-fA-F]+(?:_[\da-fA-F]+)*\s*$/.test(value),
  ],
  quote: ['', (_, value) => (text(value) === '' ? "''" : quoted(text(value)))],
  md5: digest('md5'),
  sha1: digest('sha1'),
  sha256: digest('sha256'),
  sha512: digest('sha512'),
  hmac_compute: ['secret!', (_, value, secret) => signed(text(value), text(secret)).toString('hex')],
  hmac: [
    'secret! challenge!',
    (_, value, secret, challenge) => {
      return signed(text(value), text(secret)).toString('base64') === text(challenge);
    },
  ],
  uuid: ['', (_, value) => uuid(str(value))],
  base64_encode: ['', (_, value) => toBase64(text(value))],
  base64_decode: ['', (_, value) => Buffer.from(text(value), 'base64').toString()],
  path_join: ['*', (_, value, ...parts) => pathJoined([value, ...parts].map(text))],
  is_ip: ['', (_, value) => isIP(addressIn(value)) !== 0],
  is_ipv4: ['', (_, value) => isIPv4(addressIn(value))],
  is_ipv6: ['', (_, value) => isIPv6(addressIn(value))],
  ipwrap: ['', (_, value) => (Array.isArray(value) ? value.map(wrapped) : wrapped(value))],
};

/** An address, also with the length of its network behind it. */
function addressIn(value: Value): string {
  const [, address = '', bits = '0'] = typeof value === 'string' ? (/^([^/]*)(?:\/(.*))?$/.exec(value) ?? []) : [];
  if (isIPv4(bits)) throw new JinjaError('the network is a number of bits here', 'Write `/24` for `/255.255.255.0`.');
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128) ? address : '';
}

function wrapped(value: Value): Value {
  return typeof value === 'string' && isIPv6(value) ? `[${str(value)}]` : value;
}

function indentOf(indent: Value | undefined): string | null {
  if (typeof indent === 'string') return indent;
  return indent === undefined || indent === null ? null : ' '.repeat(Math.max(0, Math.min(whole(indent, 0), 100)));
}

function extreme(values: readonly Value[], side: 1 | -1): Value {
  const [first, ...more] = values;
  if (first === undefined) throw new JinjaError('the list is empty');
  return more.reduce((best, it) => (compare(it, best) * side > 0 ? it : best), first);
}

/** Salt's tests beside Jinja's. */
export const SALT_TESTS: Builtins<boolean> = {
  match: [
    'rgx! ignorecase multiline',
    (_, value, written, ignorecase, multiline) => {
      return patternOf(written, ignorecase, multiline, 'y').test(text(value));
    },
  ],
  list: ['', (_, value) => Array.isArray(value)],
};
