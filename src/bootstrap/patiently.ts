import { SalternError } from '../core/error.ts';
import type { Clock } from '../lib/clock.ts';

/** How long a machine may be out of reach in the middle of a step: about as long as a reboot. */
const OUT_OF_REACH_MS = 120_000;

/**
 * Repeats safe work over cut connections, with growing pauses, until the machine has been out of reach for two minutes.
 * What is not the connection's fault is thrown at once.
 */
export async function patiently<T>(clock: Clock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const deadline = clock.now() + OUT_OF_REACH_MS;
  for (let pause = 200; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof SalternError && (error.code === 'unavailable' || error.code === 'timeout');
      if (!passing || signal.aborted || clock.now() + pause >= deadline) throw error;
    }
    await clock.sleep(pause, signal);
  }
}
