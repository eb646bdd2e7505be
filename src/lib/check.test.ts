import { expect, test } from 'vitest';
import { z } from 'zod';
import { check } from './check.ts';

const Config = z.strictObject({
  token: z.string(),
  size: z.enum(['small', 'large']).optional(),
  steps: z
    .array(z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('script'), name: z.string() })]))
    .optional(),
  env: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  port: z.number().max(65_535, 'must be a port').optional(),
});

test.each([
  [{ tokn: 'x' }, 'tokn', 'is not known here (and 1 more)', 'Did you mean "token"?'],
  [{ token: 'x', sizes: 1 }, 'sizes', 'is not known here', 'Did you mean "size"?'],
  [{ token: 'x', size: 'smal' }, 'size', 'must be one of small, large', 'Did you mean "small"?'],
  [{ token: 5 }, 'token', 'must be a string', null],
  [{ token: 'x', steps: [{ kind: 'scrpt' }] }, 'steps.0.kind', 'must be one of script', 'Did you mean "script"?'],
  [{ token: 'x', steps: [{ name: 'a' }] }, 'steps.a.kind', 'is missing', null],
  [{ token: 'x', steps: [{ kind: 'script', name: 'a', nme: 1 }] }, 'steps.a.nme', 'is not known here', '"name"'],
  [{ token: 'x', env: { '1': 'y' } }, 'env.1', 'is not a name that is allowed here', null],
  [{ token: 'x', port: 70_000 }, 'port', 'must be a port', null],
  [[], '', 'must be an object', null],
])('%j is wrong at "%s": %s', (input, field, message, hint) => {
  const checked = check(Config, input);
  if (checked.ok) throw new Error('nothing was found');
  expect(checked.problem).toMatchObject({ field, message });
  if (hint === null) expect(checked.problem.hint).toBeNull();
  else expect(checked.problem.hint).toContain(hint);
});

test('what fits is parsed; a value at fault is never repeated', () => {
  expect(check(Config, { token: 'x' })).toEqual({ ok: true, value: { token: 'x' } });
  expect(JSON.stringify(check(Config, { token: 'x', size: 'CANARY', port: 'CANARY' }))).not.toContain('CANARY');
});

test('what a checker throws for another reason is not taken for a problem of the input', () => {
  const broken = {
    parse(): never {
      throw new TypeError('boom');
    },
  };
  expect(() => check(broken, {})).toThrow('boom');
});
