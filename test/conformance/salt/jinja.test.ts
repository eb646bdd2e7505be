import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderJinja } from '../../../src/config/jinja.ts';
import { askSalt, type RenderAnswer, saltMissing } from './salt.ts';

const FIXTURES = join(import.meta.dirname, 'jinja');
const BEFORE = `{% set text = ' Hello, World ' %}{% set list = ['b', 'a', 'c'] %}{% set map = {'x': 1, 'y': {'z': 2}} %}
{% set boxes = [{'name': 'a', 'zone': 'x', 'n': 3}, {'name': 'b', 'zone': 'y', 'n': 1}, {'name': 'c', 'zone': 'x', 'n': 2}] %}
`;

interface Sample {
  readonly name: string;
  readonly template: string;
}

/** An expression a line, or some tags. */
const expressions = readFileSync(join(FIXTURES, 'expressions.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((name): Sample => ({ name, template: BEFORE + (/\{[{%#]/.test(name) ? name : `{{ ${name} }}`) }));

const templates = readFileSync(join(FIXTURES, 'templates.txt'), 'utf8')
  .split(/^=== /m)
  .slice(1)
  .map((part): Sample => {
    const [name = ''] = part.split('\n', 1);
    return { name, template: part.slice(name.length + 1) };
  });

const NO_DATA = 'Salt writes NULL for what it cannot write.';
const ADDRESS = 'Salt prints an address of its memory, different each time.';
const RANDOM = 'A map that is different each time it is read is refused.';

/** Where Salt prints something and we stop with an error: why. */
const REFUSED: Readonly<Record<string, string>> = {
  "'a-b'.encode('utf-8') is defined": 'There are no bytes here.',
  "'abc' | random | length": RANDOM,
  '[1, 2] | random': RANDOM,
  "['192.0.2.1', 'x'] | ipaddr": 'Addresses are not calculated.',
  "'192.0.2.0/24' | network_size": 'Addresses are not calculated.',
  "1040814000 | strftime('%Y-%m-%d')": 'Dates are not calculated.',
  "{'a': 1} | dict_to_sls_yaml_params": 'A map has no states.',
  '[1, 2, 3] | reverse': ADDRESS,
  "'abc' | attr('upper')": ADDRESS,
  '{{ map.items }}': ADDRESS,
  "{{ boxes | map(attribute='name') }}": ADDRESS,
  "'<b>x</b> &amp; y' | striptags": 'No map holds HTML.',
  "'word' | wordwrap(2)": 'Nothing is wrapped.',
  "'a\\tb'.expandtabs(4)": 'No map has tabs.',
  'range(3) | yaml': NO_DATA,
  'map.keys() | yaml': NO_DATA,
  '{{ namespace }}': ADDRESS,
  '{{ self }}': ADDRESS,
  '{{ 1.5.is_integer() }}': 'Methods of numbers are not there.',
  '{{ (5).bit_length() }}': 'Methods of numbers are not there.',
};

/** What Salt fails at and we render. */
const RENDERED: Readonly<Record<string, string>> = {
  "boxes | groupby('zone')": 'Salt cannot print the pairs that it gives.',
};

/** What is the same once it is read as YAML. */
const SAME_AS_YAML: Readonly<Record<string, string>> = {
  "'x\\ny' | yaml": 'PyYAML has single quotes and an empty line where we have double ones.',
};

const samples = [...expressions, ...templates];
let root = '';
let salt: readonly RenderAnswer[] = [];

describe.skipIf(saltMissing() !== null)("the same Jinja, by real Salt's map parser and by us", () => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'saltern-jinja-'));
    const files = samples.map(({ template }, i) => {
      writeFileSync(join(root, String(i)), template);
      return join(root, String(i));
    });
    salt = askSalt('jinja', files);
  }, 60_000);
  afterAll(() => root !== '' && rmSync(root, { recursive: true }));

  test('there are as many samples as were promised', () => {
    expect(expressions.length).toBeGreaterThanOrEqual(1000);
    expect(templates.length).toBeGreaterThanOrEqual(40);
    expect(salt.filter(({ text }) => text !== undefined).length).toBeGreaterThan(1000);
  });

  test.each(samples.map((sample, i) => [sample.name, sample, i] as const))('%s', (_, { name, template }, i) => {
    const theirs = salt[i]?.text;
    const it = renderJinja({ path: join(root, String(i)), file: 'map', text: template }, { cwd: root, opts: OPTS });
    const ours = 'text' in it ? it.text : undefined;
    if (name in REFUSED) expect({ ours, refusedBySalt: theirs === undefined }).toEqual({ refusedBySalt: false });
    else if (name in RENDERED) expect([theirs, ours !== undefined]).toEqual([undefined, true]);
    else if (isWrapped(name, theirs, ours)) expect(parse(ours ?? '')).toEqual(parse(theirs ?? ''));
    else if (theirs === undefined && 'problem' in it) expect(it.problem.line).toBeGreaterThan(0);
    else expect(ours).toBe(theirs);
  });

  test('every intended difference is one, of a sample that is there', () => {
    const names = new Set(samples.map(({ name }) => name));
    const told = [REFUSED, RENDERED, SAME_AS_YAML].flatMap((table) => Object.keys(table));
    expect(told.filter((name) => !names.has(name))).toEqual([]);
  });
});

/** The main file that the judge gives. */
const OPTS = { site: 'paris' };

/** PyYAML breaks lines at 80 characters. */
function isWrapped(name: string, theirs: string | undefined, ours: string | undefined): boolean {
  if (theirs === undefined || ours === undefined || theirs === ours || !/\| yaml/.test(name)) return false;
  const joined = theirs.trim().replace(/\n {4}/g, ' ');
  return name in SAME_AS_YAML || isDeepStrictEqual(joined, ours.trim());
}
