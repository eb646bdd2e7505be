import { z } from 'zod';
import type { ApiContext } from './context.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { list } from './schemas.ts';

const RecoverBody = z
  .strictObject({
    providers: z.array(z.string()).min(1).optional().describe('Names or ids; all without.'),
    installation: z.string().optional().describe('The installation that made the machines; else the only one found.'),
    profile: z.string().optional().describe('How the machines are reached: the SSH settings of this profile.'),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'RecoverRequest' });

const RecoverView = z
  .object({
    operation: OperationView.nullable().describe('Null when nothing was begun.'),
    installations: list(z.object({ id: z.string(), instances: z.number().int(), ours: z.boolean() })).describe(
      'Every installation whose marks were seen.',
    ),
    installation: z.string().nullable().describe('Whose machines these are; null while a person must choose.'),
    machines: list(
      z.object({
        name: z.string(),
        provider: z.string(),
        nativeId: z.string(),
        location: z.string(),
        action: z.enum(['recover', 'known', 'conflict']),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Recovery' });

/** An inventory that was lost is told again by the tags on the backends. */
export function recoverRoutes(api: Api, { world, requests }: ApiContext): void {
  api.post(
    '/v1/recover',
    {
      schema: {
        tags: ['controller'],
        summary: 'Rebuild the inventory from the tags on the backends',
        body: RecoverBody,
        response: { 202: RecoverView },
      },
      config: { role: 'admin' },
    },
    async (request, reply) => {
      const { operation, ...answer } = await requests.recover(world, { ...request.body, actor: actorOf(request) });
      const shown = operation && (await viewOperation(world.ports.store, operation));
      return reply.code(202).send({ operation: shown, ...answer });
    },
  );
}
