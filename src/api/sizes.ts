import { z } from 'zod';
import { CatalogQuery, catalogParams, collect, openProvider } from './catalog.ts';
import type { ApiContext } from './context.ts';
import { type Api, goneSignal } from './route.ts';
import { Arch, list, Price } from './schemas.ts';

const SizeView = z
  .object({
    id: z.string(),
    arch: Arch,
    cpus: z.number(),
    memoryBytes: z.number(),
    diskBytes: z.number().describe('Disk that comes with it; 0 when volumes are bought apart.'),
    location: z.string(),
    price: Price.nullable(),
    stock: z.enum(['available', 'scarce', 'none', 'unknown']),
  })
  .meta({ id: 'Size' });

/** The sizes that a provider offers, asked of its backend now. */
export function sizeRoutes(api: Api, context: ApiContext): void {
  api.get(
    '/v1/providers/:provider/sizes',
    {
      schema: {
        tags: ['catalog'],
        summary: 'List sizes with price and stock',
        params: catalogParams,
        querystring: CatalogQuery,
        response: { 200: z.object({ items: list(SizeView) }) },
      },
    },
    async (request, reply) => {
      const { driver } = await openProvider(context, request.params.provider);
      return { items: await collect(driver.sizes(request.query, goneSignal(reply.raw))) };
    },
  );
}
