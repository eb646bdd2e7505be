import { Readable } from 'node:stream';
import { z } from 'zod';
import { SalternError } from '../core/error.ts';
import type { Store } from '../core/store.ts';
import type { ApiContext } from './context.ts';
import { type EventFilter, familyOf, readEvents, streamEvents } from './event-stream.ts';
import { entityId, theOperation } from './lookup.ts';
import { type Api, goneSignal } from './route.ts';
import { Actor, list, Time } from './schemas.ts';

const EventView = z
  .object({
    id: z.number().int(),
    at: Time,
    actor: Actor,
    type: z.string(),
    entity: z.string().nullable(),
    operation: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const EventQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Begin after this id. A stream begins now, a list at the first.'),
  last: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Of a list: the newest that pass the filter. Of a stream: begin this many before the newest of all.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Of a list; a stream has no end.'),
  entity: z.string().optional().describe('`machine/NAME`, `provider/NAME`, or with an id.'),
  operation: z.string().optional().describe('This operation and all that it began.'),
  type: z.string().optional().describe('Like `machine.status`, or a pattern like `salt/cloud/*`.'),
});
type EventQuery = z.output<typeof EventQuery>;

const HEARTBEAT_MS = 15_000;

/** The history: a page of it as JSON, or a stream that goes on (text/event-stream). */
export function eventRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;
  const closing = new AbortController();
  api.addHook('preClose', async () => closing.abort());

  api.get(
    '/v1/events',
    {
      schema: {
        tags: ['events'],
        summary: 'Follow events, or list them when JSON is accepted',
        querystring: EventQuery,
        response: {
          200: {
            description: 'A page of events, or the stream. Send Last-Event-ID to go on after a cut.',
            content: {
              'application/json': {
                schema: z.object({ items: list(EventView), next: z.number().int().optional() }),
              },
              'text/event-stream': { schema: z.custom<Readable>().meta({ type: 'string' }) },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const filter = await filterOf(store, request.query);
      if (request.headers.accept?.includes('application/json')) return listEvents(store, request.query, filter);
      const after = await startOf(store, request.query, request.headers['last-event-id']);
      const signal = AbortSignal.any([goneSignal(reply.raw), closing.signal]);
      const source = { store, onEvent: context.onEvent, heartbeatMs: HEARTBEAT_MS };
      reply.type('text/event-stream').header('cache-control', 'no-store');
      return reply.send(Readable.from(streamEvents(source, after, filter, signal)));
    },
  );
}

async function filterOf(store: Store, { entity, operation, type }: EventQuery): Promise<EventFilter> {
  return {
    ...(entity !== undefined && { entity: await entityId(store, entity) }),
    ...(operation !== undefined && { operation: (await theOperation(store, operation)).id }),
    ...(type !== undefined && { type }),
  };
}

async function startOf(store: Store, { after, last }: EventQuery, header?: string | string[]): Promise<number> {
  const newest = await store.events.lastId();
  // What a client has seen counts before where it once began.
  if (header === undefined && last !== undefined) return Math.max(0, newest - last);
  const wanted = header === undefined ? (after ?? newest) : Number(header);
  if (!Number.isSafeInteger(wanted) || wanted < 0) {
    throw new SalternError('invalid', 'the header Last-Event-ID is not an event id', { field: 'last-event-id' });
  }
  // A store restored from a backup may be younger than the client.
  return Math.min(wanted, newest);
}

type Page = { items: z.output<typeof EventView>[]; next?: number };

async function listEvents(store: Store, query: EventQuery, filter: EventFilter): Promise<Page> {
  if (query.last !== undefined) return { items: await newest(store, query.last, filter) };
  const items = await readOn(store, query.after ?? 0, filter, query.limit + 1);
  const shown = items.slice(0, query.limit);
  return { items: shown, next: items.length > query.limit ? shown.at(-1)?.id : undefined };
}

/** Looks back in steps that grow, so that a rare kind of event is found and a common one costs little. */
async function newest(store: Store, count: number, filter: EventFilter): Promise<Page['items']> {
  const end = await store.events.lastId();
  for (let back = count * 2; ; back *= 4) {
    const items = await readOn(store, Math.max(0, end - back), filter, Number.POSITIVE_INFINITY);
    if (items.length >= count || back >= end) return items.slice(-count);
  }
}

/** Events after an id, at least `enough` of them where there are as many. */
async function readOn(store: Store, from: number, filter: EventFilter, enough: number): Promise<Page['items']> {
  const family = familyOf(store, filter.operation);
  const items: Page['items'] = [];
  for (let after = from, more = true; more && items.length < enough; ) {
    const batch = await readEvents(store, after, filter, family);
    items.push(...batch.events);
    ({ read: after, more } = batch);
  }
  return items;
}
