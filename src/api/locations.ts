import { z } from 'zod';
import { catalogParams, collect, openProvider } from './catalog.ts';
import type { ApiContext } from './context.ts';
import { type Api, goneSignal } from './route.ts';
import { list } from './schemas.ts';

const LocationView = z.object({ id: z.string(), name: z.string(), region: z.string() }).meta({ id: 'Location' });

/** The locations that a provider offers. */
export function locationRoutes(api: Api, context: ApiContext): void {
  api.get(
    '/v1/providers/:provider/locations',
    {
      schema: {
        tags: ['catalog'],
        summary: 'List locations',
        params: catalogParams,
        response: { 200: z.object({ items: list(LocationView) }) },
      },
    },
    async (request, reply) => {
      const { driver } = await openProvider(context, request.params.provider);
      return { items: await collect(driver.locations(goneSignal(reply.raw))) };
    },
  );
}
