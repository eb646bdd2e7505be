import { expect, test } from 'vitest';
import { EXIT_CODE, SalternError } from '../../core/error.ts';
import { CliError, reportError } from './errors.ts';

function report(error: unknown): { code: number; text: string } {
  const parts: string[] = [];
  const code = reportError(error, { write: (part) => parts.push(part) }, EXIT_CODE);
  return { code, text: parts.join('') };
}

test('what, where, what to do, and the backend request id; the exit code follows from the code', () => {
  const error = new SalternError('quota', 'Scaleway refuses another instance in fr-par-1:\nquota reached', {
    field: 'profiles.web.size',
    hint: 'Ask for a higher quota or destroy machines.',
    requestId: '5f0c',
  });
  expect(report(error)).toEqual({
    code: 8,
    text: [
      'error: Scaleway refuses another instance in fr-par-1:',
      '  quota reached',
      '  profiles.web.size',
      '  hint: Ask for a higher quota or destroy machines.',
      '  request id 5f0c',
      '',
    ].join('\n'),
  });
  expect(report(new CliError('invalid', 'no such file', { where: 'saltern.yaml:3:1' }))).toEqual({
    code: 64,
    text: 'error: no such file\n  saltern.yaml:3:1\n',
  });
});

test('what is not one of our errors is our defect, and says so', () => {
  for (const thrown of [
    new TypeError('x is undefined'),
    Object.assign(new Error('x is undefined'), { code: 'EBADF' }),
  ]) {
    expect(report(thrown)).toEqual({
      code: 3,
      text: 'error: x is undefined\n  hint: This is a defect of Saltern: please report it with this text.\n',
    });
  }
  expect(report('thrown text').code).toBe(3);
});
