/** Time as a dependency, so that a controller under test can share the emulator's clock. Milliseconds everywhere. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` of this clock's time; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that runs `speed` times as fast as the wall clock (1 = real time). Sleeping shrinks alike. */
export function createClock(speed = 1): Clock {
  const origin = Date.now();
  return {
    now: () => Math.round(origin + (Date.now() - origin) * speed),
    sleep: (ms, signal) => sleepReal(ms / speed, signal),
  };
}

export const systemClock: Clock = { now: () => Date.now(), sleep: sleepReal };

function sleepReal(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
