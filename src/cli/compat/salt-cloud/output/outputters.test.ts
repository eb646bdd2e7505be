import { expect, test } from 'vitest';
import { OUTPUTTERS } from './index.ts';
import { renderNested } from './nested.ts';

/** test/conformance/salt holds these against real Salt, for many values; here are the rules that people see. */
const data = {
  paris: { scaleway: { 'web-2': { ips: [], up: true, price: 0.00001, note: 'two\nlines' }, 'web-10': 'Absent' } },
  'Not Found': ['a', ['b', { c: null }]],
};

test('nested: keys sorted, lists and mappings set off, None and True in Python’s words', () => {
  expect(renderNested(data)).toBe(`Not Found:
    - a
    |_
      - b
      |_
        ----------
        c:
            None
paris:
    ----------
    scaleway:
        ----------
        web-10:
            Absent
        web-2:
            ----------
            ips:
            note:
                two
                lines
            price:
                1e-05
            up:
                True`);
});

test('nested in colours: the colon stays outside, the dash inside', () => {
  expect(renderNested({ a: [1, 'x'] }, { color: true })).toBe(
    '\x1b[0;36ma\x1b[0;0m:\n    \x1b[0;1;33m- 1\x1b[0;0m\n    \x1b[0;32m- x\x1b[0;0m',
  );
});

test('a machine’s text cannot steer the terminal', () => {
  expect(renderNested({ name: 'x\x1b[2Jy' })).toBe('name:\n    x?[2Jy');
});

test.for([
  ['json', null, '{\n    "b": [],\n    "a": {\n        "n": null\n    }\n}'],
  ['json', 0, '{\n"b": [],\n"a": {\n"n": null\n}\n}'],
  ['json', -1, '{"b": [], "a": {"n": null}}'],
  ['yaml', null, 'a:\n  n: null\nb: []\n'],
  ['yaml', -1, '{a: {n: null}, b: []}\n'],
  ['raw', null, "{'b': [], 'a': {'n': None}}"],
  ['pprint', null, "{'a': {'n': None}, 'b': []}"],
  ['txt', null, "b: []\na: {'n': None}\n"],
  ['quiet', null, ''],
] as const)('%s with indent %s', ([name, indent, text]) => {
  expect(OUTPUTTERS[name]?.({ b: [], a: { n: null } }, { color: false, indent })).toBe(text);
});

test('yaml keeps text text: what would be read as something else is quoted', () => {
  const texts = ['yes', '012', '1.5', '2015-03-12', 'a: b', '', '- x', 'plain text', '12:30'];
  const shown = OUTPUTTERS['yaml']?.(texts, { color: false, indent: null });
  expect(shown).toBe("- 'yes'\n- '012'\n- '1.5'\n- '2015-03-12'\n- 'a: b'\n- ''\n- '- x'\n- plain text\n- '12:30'\n");
});
