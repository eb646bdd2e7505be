import { z } from 'zod';
import { INSTANCE_STATUSES } from '../core/instance.ts';
import { CatalogQuery, catalogParams, collect, openProvider } from './catalog.ts';
import type { ApiContext } from './context.ts';
import { type Api, goneSignal } from './route.ts';
import { Address, Arch, list, Named } from './schemas.ts';

const InstanceView = z
  .object({
    nativeId: z.string(),
    name: z.string(),
    status: z.enum(INSTANCE_STATUSES),
    machine: Named.nullable().describe('The machine that it is, when it is managed here.'),
    location: z.string(),
    size: z.string(),
    image: z.string().nullable(),
    imageName: z.string().nullable(),
    arch: Arch.nullable(),
    addresses: list(Address),
    tags: list(z.string()),
    createdAt: z.string().nullable(),
  })
  .meta({ id: 'Instance' });

/** Everything that the account shows, ours or not: what can be imported. */
export function instanceRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;
  api.get(
    '/v1/providers/:provider/instances',
    {
      schema: {
        tags: ['catalog'],
        summary: "List the account's instances",
        params: catalogParams,
        querystring: CatalogQuery,
        response: { 200: z.object({ items: list(InstanceView) }) },
      },
    },
    async (request, reply) => {
      const { driver, provider } = await openProvider(context, request.params.provider);
      const machines = await store.machines.list({ provider: provider.id });
      const managed = new Map(machines.map((machine) => [machine.nativeId, { id: machine.id, name: machine.name }]));
      const seen = await collect(driver.instances(request.query, goneSignal(reply.raw)));
      return { items: seen.map((instance) => ({ ...instance, machine: managed.get(instance.nativeId) ?? null })) };
    },
  );
}
