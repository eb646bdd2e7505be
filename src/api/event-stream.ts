import type { SalternEvent } from '../core/event.ts';
import type { Store } from '../core/store.ts';
import { globMatcher, isGlob } from '../lib/glob.ts';

export interface EventFilter {
  readonly entity?: string;
  /** Exactly, or a pattern with `*` and `?`. */
  readonly type?: string;
  /** This operation and everything it began. */
  readonly operation?: string;
}

const BATCH = 500;

/** Events after an id that pass the filter, oldest first; `read` is the last id looked at. */
export async function readEvents(
  store: Store,
  after: number,
  filter: EventFilter,
  family: Family,
): Promise<{ events: SalternEvent[]; read: number; more: boolean }> {
  const { entity, type } = filter;
  const pattern = type !== undefined && isGlob(type) ? type : null;
  const batch = await store.events.after(after, { entity, ...(pattern === null && { type }) }, BATCH);
  const fits = globMatcher(pattern === null ? [] : [pattern]);
  const events: SalternEvent[] = [];
  for (const event of batch) if (fits(event.type) && (await family.includes(event.operation))) events.push(event);
  return { events, read: batch.at(-1)?.id ?? after, more: batch.length === BATCH };
}

/** Whether operations descend from one; remembers what it looked up, since descent never changes. */
export interface Family {
  includes(operation: string | null): Promise<boolean>;
}

export function familyOf(store: Store, root: string | undefined): Family {
  if (root === undefined) return { includes: async () => true };
  const known = new Map<string, boolean>([[root, true]]);
  async function includes(operation: string | null): Promise<boolean> {
    if (operation === null) return false;
    const before = known.get(operation);
    if (before !== undefined) return before;
    const belongs = await includes((await store.operations.get(operation))?.parent ?? null);
    known.set(operation, belongs);
    return belongs;
  }
  return { includes };
}

export interface StreamSource {
  readonly store: Store;
  /** As in ApiContext. */
  onEvent(listener: () => void): () => void;
  readonly heartbeatMs: number;
}

/**
 * Server-sent events from the store, then as they come, until the signal. What comes live is only the sign to read on:
 * every event is read from the store after the last one, so that there is neither a gap nor a double at the seam.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* streamEvents(
  source: StreamSource,
  after: number,
  filter: EventFilter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { store } = source;
  const family = familyOf(store, filter.operation);
  const bell = createBell(signal);
  const unsubscribe = source.onEvent(bell.ring);
  try {
    let last = after;
    // An id without data sets the client's Last-Event-ID, so that even an early cut resumes here.
    yield `retry: 1000\nid: ${last}\n\n`;
    while (!signal.aborted) {
      const { events, read, more } = await readEvents(store, last, filter, family);
      last = read;
      if (events.length > 0) yield events.map(formatEvent).join('');
      if (more) continue;
      if (!(await bell.wait(source.heartbeatMs))) yield `: still here\nid: ${last}\n\n`;
    }
  } finally {
    unsubscribe();
  }
}

function formatEvent(event: SalternEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

interface Bell {
  ring(): void;
  /** True when it rang since the last wait, false when the time passed first. Ends at once when the signal aborts. */
  wait(ms: number): Promise<boolean>;
}

function createBell(signal: AbortSignal): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  const ring = () => {
    rung = true;
    wake?.();
  };
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async wait(ms) {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const was = rung;
      rung = false;
      wake = null;
      return was || signal.aborted;
    },
  };
}
