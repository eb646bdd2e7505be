import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

const salt = (providers: string, profiles = '', more: Record<string, string> = {}) =>
  loadFrom({ 'cloud.providers': providers, 'cloud.profiles': profiles, ...more }, { saltDir: '.' });

test('several drivers under one alias are several providers, called alias:driver', async () => {
  const { told, providers, profiles, locate } = await salt(
    'a:\n  - {driver: x, key: 1}\n  - {driver: y, key: 2}\n',
    'web: {provider: "a:y", image: i, deploy: False}\n',
  );
  expect(told).toBe('');
  expect(providers.map(({ name, driver, settings }) => [name, driver, settings])).toEqual([
    ['a:x', 'x', { key: 1 }],
    ['a:y', 'y', { key: 2 }],
  ]);
  expect(profiles[0]).toMatchObject({ provider: 'a:y' });
  expect(locate('providers.a:y.key')).toMatchObject({ line: 3, column: 17 });
});

test('a profile that does not say which of several drivers gets the first, as in Salt, and is told', async () => {
  const { told, profiles } = await salt(
    'a:\n  - {driver: x}\n  - {driver: y}\n',
    'web: {provider: a, image: i, deploy: False}\n',
  );
  expect(profiles[0]).toMatchObject({ provider: 'a:x' });
  expect(
    told,
  ).toBe(`cloud.profiles:1:17: warning: provider "a" has several drivers: the first, "a:x", is taken, as Salt does
  1 | web: {provider: a …
    |                 ^
  expected: a:x, a:y`);
});

test("Salt's saltify is our ssh; a single item of a list is called by its alias", async () => {
  const { told, providers, profiles } = await salt(
    'metal: [{driver: saltify}]\n',
    'box: {provider: "metal:saltify", ssh_host: 192.0.2.1, ssh_port: 23, deploy: False, shutdown_on_destroy: True}\n',
  );
  expect(providers).toMatchObject([{ name: 'metal', driver: 'ssh', settings: {} }]);
  expect(profiles[0]).toMatchObject({ provider: 'metal', ssh: { port: 23 }, options: { host: '192.0.2.1' } });
  expect(profiles[0]).not.toHaveProperty('image');
  expect(told.split('\n')[0]).toBe(
    'cloud.profiles:1:84: warning: "shutdown_on_destroy" has no effect: a machine that was there before is only ever forgotten',
  );
});

/** What is extended → providers file → settings of the providers. */
const EXTENDS: readonly (readonly [string, string, Record<string, unknown>])[] = [
  [
    'by alias:driver, dictionaries merged, lists and texts replaced',
    'a: {driver: x, deep: {p: 1, q: {r: 1}}, list: [1, 2], k: a}\nb: {extends: "a:x", deep: {q: {s: 2}}, list: [3], k: b}\n',
    {
      a: { deep: { p: 1, q: { r: 1 } }, list: [1, 2], k: 'a' },
      b: { deep: { p: 1, q: { r: 1, s: 2 } }, list: [3], k: 'b' },
    },
  ],
  [
    'a template without a driver, which is no provider',
    'b: {extends: a, driver: x, k: b}\na: {j: 1, k: a}\n',
    { b: { j: 1, k: 'b' } },
  ],
  [
    'grandparents, in any order',
    'c: {extends: "b:x", l: 3}\nb: {extends: "a:x", k: 2}\na: {driver: x, j: 1}\n',
    { c: { j: 1, k: 2, l: 3 }, b: { j: 1, k: 2 }, a: { j: 1 } },
  ],
  [
    'one driver of several',
    'a:\n  - {driver: x, j: 1}\n  - {driver: y, j: 2}\nb: [{extends: "a:y"}, {extends: "a:x", k: 1}]\n',
    { 'a:x': { j: 1 }, 'a:y': { j: 2 }, 'b:y': { j: 2 }, 'b:x': { j: 1, k: 1 } },
  ],
];

test.each(EXTENDS)('extends: %s', async (_, text, expected) => {
  const { told, providers } = await salt(text);
  expect(told).toBe('');
  expect(Object.fromEntries(providers.map(({ name, settings }) => [name, settings]))).toEqual(expected);
});

test('an inherited setting is found where it is written, in another file', async () => {
  const { locate } = await salt('b: {extends: "a:x"}\n', '', {
    'cloud.providers.d/a.conf': 'a: {driver: x, token: t}\n',
  });
  expect(locate('providers.b.token')).toMatchObject({ file: 'cloud.providers.d/a.conf', line: 1, column: 16 });
});

/** What is wrong → providers file → the one thing told, first lines and advice. */
const WRONG: readonly (readonly [string, string, string])[] = [
  [
    'a circle',
    'a: {extends: "b:x", driver: x}\nb: {extends: "c:x", driver: x}\nc: {extends: "a:x", driver: x}\n',
    `cloud.providers:1:5: error: "extends" leads in a circle: a:x → b:x → c:x → a:x
  1 | a: {extends: …
    |     ^^^^^^^
  expected: each to extend one that does not extend it
  hint: The others are at cloud.providers:2, cloud.providers:3.`,
  ],
  [
    'itself',
    'a: {extends: a, driver: x}\n',
    `cloud.providers:1:5: error: "extends" leads in a circle: a:x → a:x
  1 | a: {extends: …
    |     ^^^^^^^
  expected: each to extend one that does not extend it`,
  ],
  [
    'nobody',
    'base: {driver: x}\na: {extends: bas, driver: x}\n',
    `cloud.providers:2:14: error: there is no provider "bas" to extend
  2 | a: {extends: bas …
    |              ^^^
  expected: base
  did you mean "base"?`,
  ],
  [
    'one of several, which is not said',
    'a: [{driver: x}, {driver: y}]\nb: {extends: a}\n',
    `cloud.providers:2:14: error: "a" has several drivers
  2 | b: {extends: a …
    |              ^
  expected: a:x, a:y`,
  ],
  [
    'another driver',
    'a: {driver: x}\nb: {extends: "a:x", driver: y}\n',
    `cloud.providers:2:14: error: "a:x" has the driver "x", and this one says "y"
  2 | b: {extends: "a:x" …
    |              ^^^^^
  expected: the same driver`,
  ],
  [
    'a driver twice',
    'a:\n  - {driver: x}\n  - {driver: x}\n',
    `cloud.providers:3:14: error: the driver "x" is there already under "a", at cloud.providers:2
  3 |   - {driver: x …
    |              ^
  expected: each driver once under one name`,
  ],
  [
    'no driver, and nobody extends it',
    'a: {token: x}\n',
    `cloud.providers:1:1: error: providers.a has no "driver"
  1 | a: …
    | ^
  expected: driver: …`,
  ],
];

test.each(WRONG)('%s', async (_, text, expected) => {
  expect((await salt(text)).told).toBe(expected);
});
