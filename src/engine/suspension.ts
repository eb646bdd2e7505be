import type { Clock } from '../lib/clock.ts';

/** Tells how long this process did not run although it should have: a closed laptop lid, SIGSTOP, a paused virtual machine. */
export interface SuspensionWatch {
  /** Milliseconds lost since the watch began. */
  lost(): number;
  stop(): void;
}

const BEAT_MS = 5000;

/** A heartbeat: one that comes far too late was held up with the whole process. A slow answer does not hold it up. */
export function watchSuspension(clock: Clock): SuspensionWatch {
  const stop = new AbortController();
  let total = 0;
  let lastBeat = clock.now();
  const gap = () => {
    const passed = clock.now() - lastBeat;
    return passed > 3 * BEAT_MS ? passed - BEAT_MS : 0;
  };
  const beat = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(BEAT_MS, stop.signal);
      total += gap();
      lastBeat = clock.now();
    }
  };
  beat().catch(() => {});
  return { lost: () => total + gap(), stop: () => stop.abort() };
}
