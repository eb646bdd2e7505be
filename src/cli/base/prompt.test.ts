import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from './prompt.ts';

const streams = (isTTY: boolean) => ({
  stdin: Object.assign(new PassThrough(), { isTTY }),
  stderr: Object.assign(new PassThrough(), { isTTY }),
});

test.each([
  ['y', true],
  ['YES', true],
  ['', false],
  ['no', false],
  ['yesterday', false],
])('the answer %j means %j', async (answer, expected) => {
  const { stdin, stderr } = streams(true);
  stdin.write(`${answer}\n`);
  expect(await confirm('Destroy web-1?', { yes: false, stdin, stderr })).toBe(expected);
  expect(String(stderr.read())).toContain('Destroy web-1? [y/N] ');
});

test('the end of input means no', async () => {
  const { stdin, stderr } = streams(true);
  stdin.end();
  expect(await confirm('Destroy web-1?', { yes: false, stdin, stderr })).toBe(false);
});

test('--yes asks nobody', async () => {
  const { stdin, stderr } = streams(false);
  expect(await confirm('Destroy web-1?', { yes: true, stdin, stderr })).toBe(true);
  expect(stderr.read()).toBeNull();
});

test('without a terminal the error tells to give --yes', async () => {
  await expect(confirm('Destroy web-1?', { yes: false, ...streams(false) })).rejects.toMatchObject({
    code: 'invalid',
    hint: 'Give --yes to go ahead without asking.',
  });
});
