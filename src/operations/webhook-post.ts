import { createHmac } from 'node:crypto';
import type { SalternEvent } from '../core/event.ts';
import type { Clock } from '../lib/clock.ts';

/** For one delivery, answer included, in ms. */
const TIMEOUT_MS = 10_000;
/** More of an answer than this is not read, bytes. */
const ANSWER_LIMIT = 64 * 1024;

export interface PostDeps {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Told as the user agent. */
  readonly version: string;
}

/** `sha256=` and the HMAC-SHA256, in hex, of `<timestamp>.<body>`: the time is signed too, so that nobody can send it later. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Why an event was not taken, in words that hold neither address nor secret. */
export interface Refusal {
  readonly reason: string;
  /** It is about this very event: another one may be taken. */
  readonly ofThisEvent: boolean;
}

/** Answers about what was sent, not about who sent it, where to, or when. */
const OF_THIS_EVENT: readonly number[] = [400, 413, 415, 422];

/** Sends one event as JSON. Null when it was taken (2xx). */
export async function postEvent(
  { fetch, clock, version }: PostDeps,
  { url, secret }: { readonly url: string; readonly secret: string | null },
  event: SalternEvent,
  signal: AbortSignal,
): Promise<Refusal | null> {
  const { id, at, type, entity, operation, actor, data } = event;
  const body = JSON.stringify({ id, at, type, entity, operation, actor, data });
  const timestamp = String(Math.floor(clock.now() / 1000));
  const headers = {
    'content-type': 'application/json',
    'user-agent': `saltern/${version}`,
    'x-saltern-event-id': String(id),
    'x-saltern-timestamp': timestamp,
    ...(secret !== null && { 'x-saltern-signature': signature(secret, timestamp, body) }),
  };
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // Who was told to be the receiver does not choose another one.
      redirect: 'manual',
      signal: AbortSignal.any([signal, deadline]),
    });
    await drain(response);
    if (response.ok) return null;
    const redirected = response.status >= 300 && response.status < 400;
    const reason = `answered ${response.status}${redirected ? ', and redirects are not followed' : ''}`;
    return { reason, ofThisEvent: OF_THIS_EVENT.includes(response.status) };
  } catch (thrown) {
    const reason = deadline.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : `no connection (${reasonOf(thrown)})`;
    return { reason, ofThisEvent: false };
  }
}

/** Read to its end, so that the connection can be used again; what it says does not matter. */
async function drain({ body }: Response): Promise<void> {
  let read = 0;
  for await (const chunk of body ?? []) {
    read += chunk.length;
    if (read > ANSWER_LIMIT) return;
  }
}

function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : 'unknown';
}
