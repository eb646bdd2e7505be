import { z } from 'zod';
import { SalternError } from '../core/error.ts';
import type { Actor } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import { type Webhook, webhookSecret } from '../core/webhook.ts';
import { nearest } from '../lib/nearest.ts';
import type { ApiContext } from './context.ts';
import { type Api, actorOf } from './route.ts';
import { list, Time } from './schemas.ts';

const tags = ['webhooks'];
/** An address may hold a secret of its own: only administrators see it. */
const config = { role: 'admin' } as const;
const params = z.object({ webhook: z.string().describe('Name or id.') });

const WebhookView = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    types: list(z.string()).describe('Patterns with `*` and `?`; none means every event.'),
    signed: z.boolean(),
    lastEvent: z.number().int().describe('The last event that was delivered or did not concern it.'),
    waiting: z.number().int().describe('Events since then; not all need concern it.'),
    failures: z.number().int().describe('Deliveries that failed in a row.'),
    lastError: z.string().nullable(),
    createdAt: Time,
  })
  .meta({ id: 'Webhook' });

const WebhookBody = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, `_`, `.` and `-`, up to 64'),
    url: z.string().refine(isReceiver, 'must be an http or https address without user and password in it'),
    types: z.array(z.string().min(1).max(200)).max(50).default([]),
    secret: z.string().min(1).optional().describe('Key of the signatures (HMAC-SHA256). Never shown again.'),
    after: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('Begin after this event. With the next one to come unless said.'),
  })
  .meta({ id: 'WebhookBody' });

const TestAnswer = z.object({
  delivered: z.boolean(),
  reason: z.string().nullable().describe('Why it was not delivered.'),
  durationMs: z.number().int(),
});

/** Receivers of events. Deliveries are made by operations/webhooks.ts. */
export function webhookRoutes(api: Api, context: ApiContext): void {
  const { ports } = context.world;
  const { store } = ports;

  api.get(
    '/v1/webhooks',
    { schema: { tags, summary: 'List webhooks', response: { 200: z.object({ items: list(WebhookView) }) } }, config },
    async () => ({ items: await Promise.all((await store.webhooks.list()).map((row) => view(store, row))) }),
  );

  api.get(
    '/v1/webhooks/:webhook',
    { schema: { tags, summary: 'Show a webhook', params, response: { 200: WebhookView } }, config },
    async (request) => view(store, await theWebhook(store, request.params.webhook)),
  );

  api.post(
    '/v1/webhooks',
    {
      schema: { tags, summary: 'Send events to an address', body: WebhookBody, response: { 201: WebhookView } },
      config,
    },
    async (request, reply) => {
      const made = await addWebhook(ports, request.body);
      await tell(actorOf(request), 'webhook.created', made);
      return reply.code(201).send(await view(store, made));
    },
  );

  api.post(
    '/v1/webhooks/:webhook/test',
    { schema: { tags, summary: 'Send it a made-up event now', params, response: { 200: TestAnswer } }, config },
    async (request) => context.webhooks.test(await theWebhook(store, request.params.webhook), actorOf(request)),
  );

  api.delete(
    '/v1/webhooks/:webhook',
    { schema: { tags, summary: 'Send it nothing more', params, response: { 204: z.null() } }, config },
    async (request, reply) => {
      const row = await theWebhook(store, request.params.webhook);
      await store.webhooks.delete(row.id);
      await store.secrets.delete(webhookSecret(row.id));
      await tell(actorOf(request), 'webhook.deleted', row);
      return reply.code(204).send(null);
    },
  );

  function tell(actor: Actor, type: string, { id, name }: Webhook) {
    return ports.emit({ actor, type, entity: `webhook/${id}`, operation: null, data: { name } });
  }
}

async function addWebhook(ports: Ports, body: z.output<typeof WebhookBody>): Promise<Webhook> {
  const { name, url, types, secret, after } = body;
  const newest = await ports.store.events.lastId();
  return ports.store.transaction(async (store) => {
    if (await store.webhooks.find(name)) {
      const hint = `Choose another name, or remove it: \`saltern webhook remove ${name}\``;
      throw new SalternError('conflict', `there is a webhook ${name} already`, { field: 'name', hint });
    }
    const id = ports.newId();
    if (secret !== undefined) await store.secrets.put(webhookSecret(id), secret);
    const lastEvent = Math.min(after ?? newest, newest);
    const createdAt = ports.clock.now();
    return store.webhooks.insert({ id, name, url, types, lastEvent, failures: 0, lastError: null, createdAt });
  });
}

async function view(store: Store, webhook: Webhook): Promise<z.output<typeof WebhookView>> {
  const signed = (await store.secrets.get(webhookSecret(webhook.id))) !== null;
  const waiting = Math.max(0, (await store.events.lastId()) - webhook.lastEvent);
  return { ...webhook, signed, waiting };
}

async function theWebhook(store: Store, nameOrId: string): Promise<Webhook> {
  const found = await store.webhooks.find(nameOrId);
  if (found) return found;
  const near = nearest(
    nameOrId,
    (await store.webhooks.list()).map(({ name }) => name),
  );
  throw new SalternError('not_found', `there is no webhook ${nameOrId}`, {
    hint: near ? `Did you mean "${near}"?` : 'See them with: saltern webhook list',
  });
}

function isReceiver(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
