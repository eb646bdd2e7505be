import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress } from './progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sink(terminal: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  const writes: string[] = [];
  return { ...terminal, writes, write: (text: string) => void writes.push(text) };
}

const NO_COLOR = { NO_COLOR: '1', TERM: 'xterm' };
const at = (step: string, elapsedMs: number, detail?: string) => ({ step, status: 'creating', elapsedMs, detail });

test('without a terminal: a line for each new step, nothing for repetitions', () => {
  const stderr = sink();
  const progress = createProgress(stderr, {});
  progress.update('web-1', at('ensure instance', 2100));
  progress.update('web-1', at('ensure instance', 2200, 'try 2'));
  progress.update('web-1', at('wait for ssh', 12_000));
  progress.note('following operation 01J');
  vi.advanceTimersByTime(1000);
  progress.done('web-1', true, 'ready');
  progress.done('web-2', false, 'out of stock');
  progress.close();
  expect(stderr.writes.join('')).toBe(
    [
      'web-1: ensure instance (2.1 s)',
      'web-1: wait for ssh (12 s)',
      'following operation 01J',
      'web-1: ready (13 s)',
      'web-2: failed: out of stock',
      '',
    ].join('\n'),
  );
});

test('on a terminal: one line a machine, redrawn in place, finished lines stay', () => {
  const stderr = sink({ isTTY: true, columns: 80, rows: 24 });
  const progress = createProgress(stderr, NO_COLOR);
  progress.update('web-1', at('ensure instance', 1000));
  progress.update('db', at('wait for ssh', 5000, 'refused, try 3'));
  vi.advanceTimersByTime(100);
  progress.done('db', true, 'ready');
  vi.advanceTimersByTime(100);
  progress.close();
  progress.close();
  expect(stderr.writes).toEqual([
    '⠋ web-1  1.1 s  ensure instance\n⠋ db     5.1 s  wait for ssh: refused, try 3\n',
    '\x1b[2F\x1b[0J✓ db     5.1 s  ready\n⠙ web-1  1.2 s  ensure instance\n',
    '\x1b[1F\x1b[0J',
  ]);
});

test('draws at most ten times a second, however much is told, and loses no last line', () => {
  const stderr = sink({ isTTY: true, columns: 80, rows: 24 });
  const progress = createProgress(stderr, NO_COLOR);
  for (let i = 0; i < 1000; i += 1) {
    progress.update('web-1', at(`step ${i}`, i));
    vi.advanceTimersByTime(1);
  }
  expect(stderr.writes).toHaveLength(10);
  for (let i = 0; i < 50; i += 1) progress.done(`m-${i}`, i % 2 === 0, 'over');
  progress.close();
  expect(stderr.writes).toHaveLength(11);
  expect(stderr.writes[10]?.match(/[✓✗] m-\d+/g)).toHaveLength(50);
});

test('more machines than lines: the first ones and a count of the rest', () => {
  const stderr = sink({ isTTY: true, columns: 40, rows: 4 });
  const progress = createProgress(stderr, NO_COLOR);
  for (let i = 1; i <= 9; i += 1) progress.update(`web-${i}`, at('a step with a name that is far too long', 1000));
  progress.done('web-9', false, 'quota');
  vi.advanceTimersByTime(100);
  progress.close();
  expect(stderr.writes[0]).toBe(
    [
      '✗ web-9  1.0 s  quota',
      '⠋ web-1  1.1 s  a step with a name tha…',
      '⠋ web-2  1.1 s  a step with a name tha…',
      '⠋ … 6 more at work, 0 done, 1 failed',
      '',
    ].join('\n'),
  );
});

test('a window made narrower: lines that wrapped are erased too', () => {
  const stderr = { ...sink({ isTTY: true, rows: 24 }), columns: 80 };
  const progress = createProgress(stderr, NO_COLOR);
  progress.update('web-1', at('wait for ssh', 1000, 'refused, try 3'));
  vi.advanceTimersByTime(100);
  stderr.columns = 20;
  vi.advanceTimersByTime(100);
  progress.close();
  expect(stderr.writes[1]).toBe('\x1b[3F\x1b[0J⠙ web-1  1.2 s  wa…\n');
});
