import { z } from 'zod';
import { IMPORT_ACTIONS } from '../operations/inputs.ts';
import type { ApiContext } from './context.ts';
import { MapBody } from './map-body.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { list } from './schemas.ts';

const tags = ['machines'];

const ImportBody = z
  .strictObject({
    provider: z.string(),
    names: z.array(z.string()).min(1).describe('Names or native ids of instances.'),
    as: z.string().optional().describe('What the one machine is called here; as its instance without.'),
    profile: z.string().optional(),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'ImportMachines' });

const MapImportBody = z
  .strictObject({
    map: MapBody,
    only: z.array(z.string()).optional().describe('Only these machines of the map.'),
    agentKeys: z
      .record(
        z.string(),
        z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/, 'must be a fingerprint in colon-separated pairs'),
      )
      .optional()
      .describe('Fingerprints of accepted minion keys, by machine name, as `salt-key -f` prints them.'),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'ImportMap' });

const ImportView = z
  .object({
    operation: OperationView.nullable().describe('Null when nothing was begun.'),
    preview: list(
      z.object({
        name: z.string(),
        provider: z.string(),
        nativeId: z.string().nullable(),
        location: z.string().nullable(),
        action: z.enum(IMPORT_ACTIONS),
        reason: z.string().nullable(),
        agentKey: z.boolean().describe('A Salt master accepted a minion key of this name.'),
      }),
    ),
  })
  .meta({ id: 'Import' });

/** Taking over what others made: by name or native id, or by a map. */
export function importRoutes(api: Api, { world, requests }: ApiContext): void {
  const { store } = world.ports;
  const answered = async ({ operation, preview }: Awaited<ReturnType<typeof requests.importMachines>>) => ({
    operation: operation && (await viewOperation(store, operation)),
    preview,
  });

  api.post(
    '/v1/machines/import',
    {
      schema: {
        tags,
        summary: 'Take over instances that others made',
        body: ImportBody,
        response: { 202: ImportView },
      },
    },
    async (request, reply) => {
      const answer = await requests.importMachines(world, { ...request.body, actor: actorOf(request) });
      return reply.code(202).send(await answered(answer));
    },
  );

  api.post(
    '/v1/maps/import',
    {
      schema: {
        tags,
        summary: "Take over what bears the names of a map's machines",
        body: MapImportBody,
        response: { 202: ImportView },
      },
    },
    async (request, reply) => {
      const answer = await requests.importMap(world, { ...request.body, actor: actorOf(request) });
      return reply.code(202).send(await answered(answer));
    },
  );
}
