import { SalternError } from '../../core/error.ts';
import type { Schema } from '../../core/schema.ts';
import { refused, type Sent } from './errors.ts';
import { unanswered } from './transport-errors.ts';

export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: object;
  /** A raw `text/plain` body (user data). */
  readonly text?: string;
  readonly answer: Schema<T>;
}

/** One page of a list, whatever the house style. `total` is null where the answer's header has it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number | null;
}

export interface Listing<Answer, Item> {
  readonly path: string;
  readonly query?: Call<unknown>['query'];
  /** `per_page` with the total in a header (Instance API), or `page_size` with it in the body (all others). */
  readonly style: 'per_page' | 'page_size';
  readonly answer: Schema<Answer>;
  readonly page: (answer: Answer) => Page<Item>;
  readonly id: (item: Item) => string;
}

export interface Client {
  readonly endpoint: string;
  /** One request, never tried again. Throws what `errors.ts` makes of a refusal and `transport-errors.ts` of a silence. */
  call<T>(call: Call<T>, signal?: AbortSignal): Promise<T>;
  /** Every item, page by page. Ends with `unavailable` rather than short when the pages do not add up. */
  list<A, I>(listing: Listing<A, I>, signal?: AbortSignal): AsyncGenerator<I>;
  /** The same, read to the end. */
  all<A, I>(listing: Listing<A, I>, signal?: AbortSignal): Promise<I[]>;
}

/** The answer of calls that answer nothing of interest. */
export const Nothing: Schema<null> = { parse: () => null };

/** The most that Scaleway gives at once. */
const PAGE_SIZE = 100;

export interface ClientSettings {
  readonly endpoint: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

export function createClient(settings: ClientSettings): Client {
  const call = async <T>(request: Call<T>, signal?: AbortSignal) => (await exchange(settings, request, signal)).data;
  return {
    endpoint: settings.endpoint,
    call,
    list: (listing, signal) => pages(settings, listing, signal),
    async all<A, I>(listing: Listing<A, I>, signal?: AbortSignal) {
      const items: I[] = [];
      for await (const item of pages(settings, listing, signal)) items.push(item);
      return items;
    },
  };
}

async function* pages<A, I>(settings: ClientSettings, listing: Listing<A, I>, signal?: AbortSignal): AsyncGenerator<I> {
  const seen = new Set<string>();
  const totals = new Set<number>();
  for (let page = 1; ; page += 1) {
    const { data, total: header } = await exchange(
      settings,
      {
        method: 'GET',
        path: listing.path,
        query: { ...listing.query, page, [listing.style]: PAGE_SIZE },
        answer: listing.answer,
      },
      signal,
    );
    const { items, total: counted } = listing.page(data);
    const total = counted ?? header;
    for (const item of items) {
      seen.add(listing.id(item));
      yield item;
    }
    if (total !== null) totals.add(total);
    if (items.length === 0 || (total !== null && seen.size >= total)) break;
  }
  const [total] = totals;
  // A total that moved or does not match: something came or went between two pages, and what it hid is unknown.
  if (totals.size > 1 || (total !== undefined && total !== seen.size)) {
    const counts = [...totals].join(', then ');
    throw new SalternError('unavailable', `GET ${listing.path}: list incomplete: ${seen.size} read of ${counts}`, {
      hint: 'The list changed while it was read; reading it again helps.',
    });
  }
}

async function exchange<T>(
  settings: ClientSettings,
  call: Call<T>,
  signal?: AbortSignal,
): Promise<{ data: T; total: number | null }> {
  const sent: Sent = { method: call.method, path: call.path };
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  let response: Response;
  let body: string;
  try {
    response = await settings.fetch(`${settings.endpoint}${call.path}${queryOf(call)}`, {
      method: call.method,
      headers: headersOf(settings, call),
      body: call.json ? JSON.stringify(call.json) : call.text,
      // A redirect would carry the token to whoever is named in it.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    body = await response.text();
  } catch (thrown) {
    throw unanswered(sent, thrown, signal, deadline);
  }
  const requestId = response.headers.get('x-request-id');
  if (!response.ok) throw refused(sent, response.status, body.replaceAll(settings.token, '***'), requestId);
  return { data: decode(call, sent, response.status, body, requestId), total: totalOf(response.headers) };
}

function decode<T>(call: Call<T>, sent: Sent, status: number, body: string, requestId: string | null): T {
  try {
    return call.answer.parse(body === '' ? null : JSON.parse(body));
  } catch (cause) {
    throw new SalternError('unavailable', `${sent.method} ${sent.path}: ${status}, but the answer cannot be read`, {
      hint: 'The answer was cut, or `api_url` of the provider is not that of the Scaleway API.',
      requestId: requestId ?? undefined,
      ambiguous: call.method !== 'GET',
      cause,
    });
  }
}

function headersOf(settings: ClientSettings, call: Call<unknown>): Record<string, string> {
  const type = call.json ? 'application/json' : call.text === undefined ? null : 'text/plain';
  return { accept: 'application/json', 'x-auth-token': settings.token, ...(type && { 'content-type': type }) };
}

function queryOf({ query = {} }: Call<unknown>): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as const],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given))}`;
}

function totalOf(headers: Headers): number | null {
  const total = headers.get('x-total-count');
  return total !== null && /^\d+$/.test(total) ? Number(total) : null;
}
