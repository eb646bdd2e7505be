import type { IncomingMessage } from 'node:http';
import type { Event, Routes } from './generated.ts';
import { type ClientOptions, targetOf } from './target.ts';
import { exchange } from './transport.ts';

export interface Client {
  /**
   * Asks and returns the parsed answer; throws `ApiError`. Paths are written as in openapi.json, their parameters given
   * apart: `request('GET', '/v1/machines/{machine}', { params: { machine: 'web-1' } })`.
   */
  request<M extends keyof Routes, P extends keyof Routes[M] & string>(
    method: M,
    path: P,
    ...input: InputOf<Routes[M][P]>
  ): Promise<AnswerOf<Routes[M][P]>>;
  /** Events as they come, across cut connections and restarts, without gaps or doubles. Ends when the signal aborts. */
  events(query?: EventQuery, signal?: AbortSignal): AsyncGenerator<Event>;
  /** What the controller said of itself in its last answer; null before the first. */
  controller(): Handshake | null;
  close(): void;
}

export interface Handshake {
  readonly version: string;
  readonly installation: string;
}

export type EventQuery = Omit<NonNullable<Routes['GET']['/v1/events']['input']['query']>, 'limit'>;

type InputOf<R> = R extends { input: infer I }
  ? Record<never, never> extends I
    ? [input?: I & Extra]
    : [input: I & Extra]
  : [];
type AnswerOf<R> = R extends { answer: infer A } ? A : never;

interface Extra {
  readonly signal?: AbortSignal;
}

/** What every route's input looks like to the transport. */
interface AnyInput extends Extra {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const TIMEOUT_MS = 30_000;

/** A client of one controller. Connects at the first request; connections are kept and do not hold the process. */
export function connect(options: ClientOptions): Client {
  const target = targetOf(options);
  let handshake: Handshake | null = null;
  function note(response: IncomingMessage): void {
    const { 'saltern-version': version, 'saltern-installation': installation } = response.headers;
    if (typeof version === 'string' && typeof installation === 'string') handshake = { version, installation };
  }
  return {
    async request(method, path, ...[input]) {
      const { params = {}, query = {}, body, signal }: AnyInput = input ?? {};
      const url = fillPath(path, params) + queryText(query);
      const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
      return (await exchange(target, { method, path: url, body, timeoutMs, signal, note })) as never;
    },
    async *events(query = {}, signal) {
      const { followEvents } = await import('./events.ts');
      yield* followEvents(target, `/v1/events${queryText(query)}`, signal, note);
    },
    controller: () => handshake,
    close: () => target.agent?.destroy(),
  };
}

function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each !== undefined && each !== null) search.append(key, String(each));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
