import { z } from 'zod';
import type { Provider } from '../core/provider.ts';
import { ConfigParams, ProviderBody } from './config.ts';
import type { ApiContext } from './context.ts';
import { theProvider } from './lookup.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { DriverFeatures, list, optionalBody, Time } from './schemas.ts';

const params = z.object({ provider: z.string().describe('Name or id.') });
const tags = ['providers'];

const ProviderView = z
  .object({
    id: z.string(),
    name: z.string(),
    driver: z.string(),
    features: DriverFeatures.nullable().describe('Of its driver; null when this controller does not have it.'),
    settings: z.record(z.string(), z.unknown()).describe('Without secrets.'),
    secretKeys: list(z.string()).describe('Settings that are kept secret.'),
    limits: z.object({
      concurrency: z.number().optional(),
      requestsPerSecond: z.number().optional(),
      burst: z.number().optional(),
    }),
    status: z.enum(['unchecked', 'ok', 'unknown']),
    statusReason: z.string().nullable(),
    scope: z
      .object({ endpoint: z.string(), account: z.string(), project: z.string().nullable(), description: z.string() })
      .nullable()
      .describe('Where its credentials led at the first good check.'),
    checkedAt: Time.nullable(),
    origin: z.string(),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Provider' });

const ReconcileBody = optionalBody(
  z.strictObject({
    fix: z.boolean().default(false).describe('Destroy orphans, not only show them.'),
    confirmVanished: z.boolean().default(false).describe('Yes, that many machines really are gone.'),
  }),
);

/** Providers: configured accounts, and whether they can be believed. */
export function providerRoutes(api: Api, context: ApiContext): void {
  const { world, requests } = context;
  const { store } = world.ports;
  const view = viewer(context);

  api.get(
    '/v1/providers',
    { schema: { tags, summary: 'List providers', response: { 200: z.object({ items: list(ProviderView) }) } } },
    async () => ({ items: (await store.providers.list()).map(view) }),
  );

  api.get(
    '/v1/providers/:provider',
    { schema: { tags, summary: 'Show a provider', params, response: { 200: ProviderView } } },
    async (request) => view(await theProvider(store, request.params.provider)),
  );

  api.put(
    '/v1/providers/:provider',
    {
      schema: {
        tags,
        summary: 'Save a provider',
        params: ConfigParams.provider,
        body: ProviderBody,
        response: { 200: ProviderView },
      },
      config: { role: 'admin' },
    },
    async (request) => {
      const wanted = request.params.provider;
      const name = (await store.providers.find(wanted))?.name ?? wanted;
      await requests.saveConfig(world, {
        providers: [{ ...request.body, name }],
        profiles: [],
        actor: actorOf(request),
      });
      return view(await theProvider(store, name));
    },
  );

  api.delete(
    '/v1/providers/:provider',
    {
      schema: { tags, summary: 'Remove a provider without machines', params, response: { 204: z.null() } },
      config: { role: 'admin' },
    },
    async (request, reply) => {
      const { id } = await theProvider(store, request.params.provider);
      await requests.removeProvider(world, { provider: id, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  workRoutes(api, context);
}

function workRoutes(api: Api, context: ApiContext): void {
  const { world, requests } = context;
  const { store } = world.ports;

  api.post(
    '/v1/providers/:provider/check',
    { schema: { tags, summary: 'Check credentials and reach', params, response: { 202: OperationView } } },
    async (request, reply) => {
      const { id } = await theProvider(store, request.params.provider);
      const operation = await requests.checkProvider(world, { provider: id, actor: actorOf(request) });
      return reply.code(202).send(await viewOperation(store, operation));
    },
  );

  api.post(
    '/v1/providers/:provider/reconcile',
    {
      schema: {
        tags,
        summary: 'Compare the ledger with what the backend has',
        params,
        body: ReconcileBody,
        response: { 202: OperationView },
      },
    },
    async (request, reply) => {
      const { id } = await theProvider(store, request.params.provider);
      const operation = await requests.reconcile(world, { provider: id, ...request.body, actor: actorOf(request) });
      return reply.code(202).send(await viewOperation(store, operation));
    },
  );
}

/** Secrets are stored elsewhere; should one ever stand among the settings it is left out all the same. */
function viewer({ drivers }: ApiContext): (provider: Provider) => z.output<typeof ProviderView> {
  return (provider) => {
    const shown = Object.entries(provider.settings).filter(([key]) => !provider.secretKeys.includes(key));
    const features = drivers[provider.driver]?.features ?? null;
    return { ...provider, features, settings: Object.fromEntries(shown) };
  };
}
