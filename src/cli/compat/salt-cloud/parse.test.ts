import { expect, test } from 'vitest';
import { parse, UsageError } from './parse.ts';

const words = (line: string) => (line === '' ? [] : line.split(' '));
const mistake = (line: string) => {
  try {
    parse(words(line));
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return null;
};

test('options stand anywhere, shortened, clustered, glued to their value', () => {
  const it = parse(words('web-1 -yPp web web-2 --out=json --no-dep -c/tmp/salt --full -- -x'));
  expect(it.words).toEqual(['web-1', 'web-2', '-x']);
  expect([it.text('profile'), it.text('output'), it.text('configDir')]).toEqual(['web', 'json', '/tmp/salt']);
  expect([it.flag('assumeYes'), it.flag('parallel'), it.flag('noDeploy'), it.flag('fullQuery')]).toEqual(
    Array(4).fill(true),
  );
  expect(it.flag('destroy')).toBe(false);
});

test('two words for -f, and the last of several values', () => {
  const it = parse(words('-f avail_images paris location=x -l info -l debug'));
  expect(it.pair('function')).toEqual(['avail_images', 'paris']);
  expect([it.text('logLevel'), it.words]).toEqual(['debug', ['location=x']]);
});

test('a negative number and a path are values, not options', () => {
  const it = parse(words('--out-indent -1 -m - -Q'));
  expect([it.text('outIndent'), it.text('map')]).toEqual(['-1', '-']);
});

/** Every text as Salt Cloud 3006.9 printed it for these words. */
const MISTAKES: Readonly<Record<string, string>> = {
  '--foo': 'no such option: --foo',
  '-x': 'no such option: -x',
  '-p': '-p option requires 1 argument',
  '-f foo': '-f option requires 2 arguments',
  '--list-images': '--list-images option requires 1 argument',
  '--query=3': '--query option does not take a value',
  '--list':
    'ambiguous option: --list (--list-images, --list-locations, --list-profiles, --list-providers, --list-sizes?)',
  '--out-indent=x': "option --out-indent: invalid integer value: 'x'",
  '-Q -F': 'The options --query/--full-query are mutually exclusive. Please only choose one of them',
  '--list-sizes a --list-images b':
    'The options --list-images/--list-sizes are mutually exclusive. Please only choose one of them',
  '-l bogus':
    "option -l: invalid choice: 'bogus' (choose from 'all', 'debug', 'error', 'critical', 'garbage', 'info', 'profile', 'quiet', 'trace', 'warning')",
};

test.for(Object.entries(MISTAKES))('%s is refused in Salt’s words', ([line, says]) => {
  expect(mistake(line)).toBe(says);
});
