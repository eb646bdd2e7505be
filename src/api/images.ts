import { z } from 'zod';
import { CatalogQuery, catalogParams, collect, openProvider } from './catalog.ts';
import type { ApiContext } from './context.ts';
import { type Api, goneSignal } from './route.ts';
import { Arch, list } from './schemas.ts';

const ImageView = z
  .object({
    id: z.string(),
    name: z.string(),
    label: z.string().optional().describe('Stays the same when the image is renewed.'),
    arch: Arch,
    location: z.string(),
    source: z.enum(['public', 'own']),
    sizes: list(z.string()).optional(),
    createdAt: z.string().optional(),
    extra: z.record(z.string(), z.unknown()).readonly().optional(),
  })
  .meta({ id: 'Image' });

/** The images that a provider offers, asked of its backend now. */
export function imageRoutes(api: Api, context: ApiContext): void {
  const querystring = CatalogQuery.extend({ match: z.string().optional().describe('A label, a name or an id.') });
  api.get(
    '/v1/providers/:provider/images',
    {
      schema: {
        tags: ['catalog'],
        summary: 'List images',
        params: catalogParams,
        querystring,
        response: { 200: z.object({ items: list(ImageView) }) },
      },
    },
    async (request, reply) => {
      const { driver } = await openProvider(context, request.params.provider);
      return { items: await collect(driver.images(request.query, goneSignal(reply.raw))) };
    },
  );
}
