import { SalternError } from '../../core/error.ts';
import type { Clock } from '../../lib/clock.ts';

/** Remembers what was loaded, by key. Callers at the same time share one load; a failed load is forgotten. */
export interface Memo {
  get<T>(key: string, load: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Takes the place of what was remembered. */
  put(key: string, value: unknown): void;
}

export function createMemo(clock: Clock, ttlMs: number): Memo {
  const kept = new Map<string, { readonly until: number; readonly value: Promise<unknown> }>();
  return {
    put(key, value) {
      kept.set(key, { until: clock.now() + ttlMs, value: Promise.resolve(value) });
    },

    get<T>(key: string, load: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      const present = kept.get(key);
      if (present && present.until > clock.now()) return unlessAborted(present.value as Promise<T>, signal);
      const value = load();
      kept.set(key, { until: clock.now() + ttlMs, value });
      value.catch(() => {
        if (kept.get(key)?.value === value) kept.delete(key);
      });
      return unlessAborted(value, signal);
    },
  };
}

/** One caller's abort must not take the answer away from the others who wait for the same load. */
function unlessAborted<T>(value: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return value;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new SalternError('cancelled', 'given up by the caller', { cause: signal.reason }));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
