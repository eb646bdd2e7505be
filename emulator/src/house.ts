import type { Call } from './call.ts';
import type { Reply } from './errors.ts';

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, -1);

/** Times of the instance API: microseconds and an offset. */
export const instanceTime = (ms: number): string => `${iso(ms)}000+00:00`;

/** Times of every other API. */
export const apiTime = (ms: number): string => `${iso(ms)}000Z`;

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;

function positive(value: string | null, fallback: number): number {
  const parsed = Number(value);
  return Number.isInteger(parsed) && parsed > 0 ? parsed : fallback;
}

/**
 * A page in the instance API's style: the total is in X-Total-Count, neighbours are relative Link
 * headers without the version prefix and with a trailing '&', and both exist on long lists only.
 */
function instancePage<T>(
  call: Call,
  items: readonly T[],
  path: string,
): { page: T[]; headers: Record<string, string> } {
  const size = Math.min(positive(call.query.get('per_page'), DEFAULT_PAGE), MAX_PAGE);
  const page = positive(call.query.get('page'), 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string) => `</${path}?page=${to}&per_page=${size}&>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [link(1, 'first'), link(page - 1, 'previous')] : []),
    ...(page < last ? [link(page + 1, 'next')] : []),
    ...(last > 1 ? [link(last, 'last')] : []),
  ];
  return {
    page: items.slice((page - 1) * size, page * size),
    headers: { 'X-Total-Count': String(items.length), ...(last > 1 ? { Link: links.join(',') } : {}) },
  };
}

/** A list of the instance API: {"servers": [...]}. */
export function instanceList(call: Call, key: string, items: readonly unknown[]): Reply {
  const { page, headers } = instancePage(call, items, key);
  return { status: 200, body: { [key]: page }, headers };
}

/** A map of the instance API that is paged by its keys: {"servers": {"DEV1-S": ...}}. */
export function instanceMap(call: Call, key: string, path: string, items: Readonly<Record<string, unknown>>): Reply {
  const { page, headers } = instancePage(call, Object.entries(items), path);
  return { status: 200, body: { [key]: Object.fromEntries(page) }, headers };
}

/** A list of every other API: the total is in the body. */
export function apiList(call: Call, key: string, items: readonly unknown[]): Reply {
  const size = Math.min(positive(call.query.get('page_size'), DEFAULT_PAGE), MAX_PAGE);
  const page = positive(call.query.get('page'), 1);
  return { status: 200, body: { [key]: items.slice((page - 1) * size, page * size), total_count: items.length } };
}

/** 201 of the instance API, with where the new thing is. */
export function created(call: Call, path: string, key: string, id: string, body: unknown, more: object = {}): Reply {
  const zone = call.params['zone'] ?? '';
  return {
    status: 201,
    body: { [key]: body, ...more },
    headers: { Location: `https://api.scaleway.com/instance/v1/zones/${zone}/${path}/${id}` },
  };
}

export const ok = (body: unknown): Reply => ({ status: 200, body });

/** 204: the real gateway keeps the content type on it. */
export const NO_CONTENT: Reply = { status: 204, headers: { 'Content-Type': 'application/json' } };
export const NO_CONTENT_TEXT: Reply = { status: 204, headers: { 'Content-Type': 'text/plain' } };

/** The task that stands in every answer to an action: it never changes, so clients poll the resource. */
export const fakeTask = (call: Call, from: string, result: string): object => ({
  id: '00000000-0000-0000-0000-000000000000',
  description: 'fake task',
  status: 'pending',
  href_from: from,
  href_result: result,
  started_at: instanceTime(call.world.clock.now()),
  terminated_at: null,
  progress: 0,
  zone: call.params['zone'] ?? '',
});
