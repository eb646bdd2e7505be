import { z } from 'zod';
import { RESOURCE_STATUSES } from '../core/resource.ts';
import type { ApiContext } from './context.ts';
import { theMachine, theProvider } from './lookup.ts';
import { named, namesById } from './machine-view.ts';
import type { Api } from './route.ts';
import { list, Named, oneOrMore, Time } from './schemas.ts';

const ResourceView = z
  .object({
    id: z.string(),
    machine: Named.nullable(),
    parent: z.string().nullable(),
    kind: z.string(),
    name: z.string(),
    location: z.string().nullable(),
    status: z.enum(RESOURCE_STATUSES),
    nativeId: z.string().nullable(),
    attemptedAt: Time.nullable(),
    existsAt: Time.nullable(),
    goneAt: Time.nullable(),
  })
  .meta({ id: 'Resource' });

/** The ledger of a provider. */
export function resourceRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;
  const querystring = z.strictObject({ status: oneOrMore(RESOURCE_STATUSES), machine: z.string().optional() });
  api.get(
    '/v1/providers/:provider/resources',
    {
      schema: {
        tags: ['providers'],
        summary: 'The ledger: everything that can cost money',
        params: z.object({ provider: z.string().describe('Name or id.') }),
        querystring,
        response: { 200: z.object({ items: list(ResourceView) }) },
      },
    },
    async ({ params: { provider }, query }) => {
      const { id } = await theProvider(store, provider);
      const machine = query.machine && (await theMachine(store, query.machine)).id;
      const rows = await store.resources.list({ provider: id, machine, statuses: query.status });
      const names = namesById(await store.machines.list({ provider: id, destroyed: true }));
      const items = rows.map((row) => ({
        ...row,
        machine: row.machine === null ? null : named(row.machine, names),
      }));
      return { items };
    },
  );
}
