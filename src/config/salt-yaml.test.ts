import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { saltTags } from './salt-yaml.ts';

const WRITTEN: readonly (readonly [string, unknown])[] = [
  ['017', 17],
  ['-017', -15],
  ['08', '08'],
  ['1_000', 1000],
  ['0x1f', 31],
  ['1:30', 90],
  ['1.5e+3', 1500],
  ['1e3', '1e3'],
  ['.5', 0.5],
  ['-.5', '-.5'],
  ['y', 'y'],
  ['N', 'N'],
  ['off', false],
  ['Yes', true],
  ['2024-01-01', '2024-01-01'],
  ['~', null],
];

test.each(WRITTEN)('%s as Salt reads it', (written, expected) => {
  expect(parse(written, { version: '1.1', customTags: saltTags })).toEqual(expected);
});
