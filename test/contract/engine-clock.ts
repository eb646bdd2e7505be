import type { Clock } from '../../src/lib/clock.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** How many turns of the event loop all must be idle for, before time goes on. */
const IDLE_TURNS = 6;

/**
 * Time that passes only when everybody sleeps, and then to the next who wakes: deadlines come out to the millisecond.
 * `jump` is the laptop's lid.
 */
export function steppedClock(): Clock & { jump(ms: number): void } {
  let now = 1_700_000_000_000;
  let turns = 0;
  const sleepers = new Set<Sleeper>();

  function turn(): void {
    turns += 1;
    if (turns < IDLE_TURNS) return void setImmediate(turn);
    const [next] = [...sleepers].sort((a, b) => a.at - b.at);
    if (!next) return;
    sleepers.delete(next);
    now = Math.max(now, next.at);
    turns = 0;
    next.wake();
    setImmediate(turn);
  }

  return {
    now: () => now,
    jump(ms) {
      now += ms;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: now + ms, wake: resolve };
        if (sleepers.size === 0) setImmediate(turn);
        sleepers.add(sleeper);
        turns = 0;
        const leave = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
