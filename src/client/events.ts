import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './error.ts';
import type { Event } from './generated.ts';
import type { Target } from './target.ts';
import { answerOf, send, unreachable } from './transport.ts';

/** How long a controller may be away (a restart, an upgrade) before its followers give up. */
const GIVE_UP_MS = 60_000;
const MAX_PAUSE_MS = 2_000;
/** The controller shows signs of life each 15 s; after this long without any the connection is dead. */
const SILENCE_MS = 40_000;

/** Follows the event stream; after a cut it goes on behind the last event it saw. */
export async function* followEvents(
  target: Target,
  path: string,
  signal: AbortSignal | undefined,
  note: (response: IncomingMessage) => void,
): AsyncGenerator<Event> {
  let lastId: string | null = null;
  let lostAt: number | null = null;
  for (let pause = 50; signal?.aborted !== true; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    try {
      const response = await open(target, path, lastId, signal);
      note(response);
      lostAt = null;
      pause = 50;
      for await (const { id, data } of readStream(response)) {
        lastId = id ?? lastId;
        if (data !== null) yield JSON.parse(data) as Event;
      }
    } catch (thrown) {
      if (signal?.aborted) return;
      const error = thrown instanceof ApiError ? thrown : unreachable(target, thrown);
      lostAt ??= Date.now();
      if (error.code !== 'unavailable' || lastId === null || Date.now() - lostAt > GIVE_UP_MS) throw error;
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

async function open(
  target: Target,
  path: string,
  lastId: string | null,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const headers = { accept: 'text/event-stream', ...(lastId !== null && { 'last-event-id': lastId }) };
  const response = await send(target, { method: 'GET', path, headers, signal });
  if (response.statusCode !== 200) await answerOf(response);
  response.setTimeout(SILENCE_MS, () => response.destroy());
  return response;
}

interface Frame {
  readonly id: string | null;
  readonly data: string | null;
}

/**
 * The frames of a stream. We only read what our controller writes: lines end in LF, `data` is one line.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
async function* readStream(response: IncomingMessage): AsyncGenerator<Frame> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) yield { id: field(frame, 'id'), data: field(frame, 'data') };
  }
}

function field(frame: string, name: string): string | null {
  const line = frame.split('\n').find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? null;
}
