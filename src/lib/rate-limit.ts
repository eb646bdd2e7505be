import type { Clock } from './clock.ts';

/** Waits until one more request may go. */
export type Gate = (signal?: AbortSignal) => Promise<void>;

/** A token bucket: `burst` at once, then `perSecond`; first come, first served. */
export function createGate(clock: Clock, perSecond: number, burst: number): Gate {
  let tokens = burst;
  let last = clock.now();
  return async (signal) => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    tokens -= 1;
    if (tokens < 0) await clock.sleep((-tokens / perSecond) * 1000, signal);
  };
}

/** `fetch` behind a gate, so that a driver need not know of limits. */
export function gatedFetch(gate: Gate, inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    await gate(init?.signal ?? undefined);
    return inner(input, init);
  };
}
