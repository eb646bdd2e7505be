import type { QueueLimits } from '../core/engine.ts';

/** Gives back the slot. May be called more than once. */
export type Release = () => void;

export interface Queues {
  /** Resolves when the queue has a free slot, first come first served; at once without a queue. Rejects when the signal aborts. */
  acquire(queue: string | null, signal: AbortSignal): Promise<Release>;
}

/** The place of one operation. */
export interface Slot {
  /** Waits for its turn. Rejects when the signal aborts. */
  take(): Promise<void>;
  /** Nothing when it is given back already. */
  leave(): void;
}

export function createSlot(queues: Queues, name: string | null, signal: AbortSignal): Slot {
  let release: Release = () => {};
  return {
    async take() {
      release = await queues.acquire(name, signal);
    },
    leave: () => release(),
  };
}

interface Queue {
  used: number;
  readonly waiting: Set<() => void>;
}

/** One counter per queue. Limits are asked anew at each turn, so that a raised one counts at once; none is below 1. */
export function createQueues(limits: QueueLimits): Queues {
  const queues = new Map<string, Queue>();

  function advance(name: string, queue: Queue): void {
    const limit = Math.max(1, limits(name));
    for (const admit of queue.waiting) {
      if (queue.used >= limit) return;
      queue.waiting.delete(admit);
      queue.used += 1;
      admit();
    }
    if (queue.used === 0) queues.delete(name);
  }

  function releaser(name: string, queue: Queue): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      queue.used -= 1;
      advance(name, queue);
    };
  }

  return {
    async acquire(name, signal) {
      signal.throwIfAborted();
      if (name === null) return () => {};
      const queue = queues.get(name) ?? { used: 0, waiting: new Set() };
      queues.set(name, queue);
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          queue.waiting.delete(admit);
          reject(signal.reason);
        };
        const admit = () => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.waiting.add(admit);
        advance(name, queue);
      });
      return releaser(name, queue);
    },
  };
}
