import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Data } from '../../../src/cli/compat/salt-cloud/output/data.ts';
import { OUTPUTTERS } from '../../../src/cli/compat/salt-cloud/output/index.ts';
import { OUTPUT_VALUES } from './output-values.ts';
import { askSalt, type OutputCase, saltMissing } from './salt.ts';

/*
 * What was found of Salt 3006.9 by asking it: `nested`, `yaml` and `pprint` sort the keys of every mapping by code point; `json`,
 * `raw` and `txt` keep the order of the data. Salt takes white space off the end of the whole text, and prints nothing at all
 * when none is left. JSON is indented by four unless --out-indent says otherwise; a negative number means one line (json) or flow
 * style (yaml). `nested` ignores --out-indent.
 */
const WAYS: readonly (readonly [output: string, indents: readonly (number | null)[]])[] = [
  ['nested', [null, 2]],
  ['json', [null, -1, 0, 1, 3]],
  ['yaml', [null, -1, 0, 3, 4, 8]],
  ['raw', [null]],
  ['pprint', [null, -1, 0, 2, 4]],
  ['txt', [null]],
];

const wanted = WAYS.flatMap(([output, indents]) => indents.map((indent) => ({ output, indent, color: false })));
const ways = [...wanted, { output: 'nested', indent: null, color: true }];

test.skipIf(saltMissing() !== null)('every outputter prints what real Salt prints', () => {
  expect(differences(OUTPUT_VALUES).slice(0, 3)).toEqual([]);
});

test.skipIf(saltMissing() !== null)('and of values that nobody chose', () => {
  const letters = fc.constantFrom(...'ab1-:#\'"\\ \n\t,{}[]é語~.0_=!', '\u{1f600}', '\u0085', '\u2028', '  ', ' word ');
  const strings = fc.oneof(
    fc.string({ unit: letters, maxLength: 12 }),
    fc.string({ unit: letters, minLength: 60, maxLength: 200 }),
  );
  const value = fc.jsonValue({ maxDepth: 4 }).filter(isWellFormed);
  const ours = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, strings, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('value'), { maxLength: 6 }),
    map: fc.dictionary(strings, tie('value'), { maxKeys: 6 }),
  }));
  const sample = fc.sample(fc.oneof(ours.map, ours.value, value), { numRuns: 120, seed: 3006 });
  expect(differences(Object.fromEntries(sample.map((each, i) => [`#${i}`, each]))).slice(0, 3)).toEqual([]);
});

/** What we print otherwise than Salt: case, outputter, both texts. */
function differences(values: Readonly<Record<string, unknown>>): unknown[] {
  // Through JSON: what both get are JSON's values, without -0.
  const asked = Object.entries(values).flatMap(([name, value]) =>
    ways.map((way) => ({ name, ...way, value: JSON.parse(JSON.stringify(value)) as Data })),
  );
  const answers = askSalt('output', asked.map(toCase));
  return asked.flatMap(({ name, output, indent, color, value }, i) => {
    const printed = trimEnd(OUTPUTTERS[output]?.(value, { color, indent }) ?? '');
    return printed === answers[i] ? [] : [{ name, output, indent, color, salt: answers[i], ours: printed }];
  });
}

function toCase({ output, indent, color, value }: (typeof ways)[number] & { value: Data }): OutputCase {
  return { output, value, opts: { color, ...(indent !== null && { output_indent: indent }) } };
}

/** As Python's `rstrip`: a few controls are white space there, and the byte order mark is none. */
function trimEnd(text: string): string {
  return text.replace(/(?:(?!\ufeff)[\s\x1c-\x1f\x85])+$/u, '');
}

/** Half a surrogate pair is no text that Python could write. */
function isWellFormed(value: unknown): boolean {
  return !/\\ud[89a-f]/i.test(JSON.stringify(value));
}
