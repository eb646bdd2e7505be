import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, SalternError } from '../core/error.ts';
import { nextTry } from './retry.ts';

const error = (details: ConstructorParameters<typeof SalternError>[2] = {}) =>
  new SalternError('unavailable', 'away', details);

describe('nextTry', () => {
  it('doubles from half a second to 15 s', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((tries) => nextTry(error(), tries, 0, () => 1)?.delayMs);
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(nextTry(error(), 8, 0)).toBeNull();
  });

  it('leaves half of each delay to chance, and never comes before the backend asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.nat({ max: 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, retryAfterMs, chance) => {
          const full = nextTry(error(), tries, 0, () => 1)?.delayMs ?? 0;
          const delay = nextTry(error(), tries, 0, () => chance)?.delayMs ?? 0;
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
          expect(nextTry(error({ retryAfterMs }), tries, 0, () => chance)?.delayMs).toBeGreaterThanOrEqual(
            retryAfterMs,
          );
        },
      ),
    );
  });

  it('gives up after 3 min, but not by a clock that jumped while the laptop slept', () => {
    expect(nextTry(error(), 4, 180_000)).toBeNull();
    expect(nextTry(error(), 2, 86_400_000)).not.toBeNull();
  });

  it('does as the error says before its code', () => {
    for (const code of ERROR_CODES) {
      expect(nextTry(new SalternError(code, 'x', { retry: false }), 1, 0)).toBeNull();
      expect(nextTry(new SalternError(code, 'x', { retry: true }), 1, 0)).not.toBeNull();
    }
  });
});
