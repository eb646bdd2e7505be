import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { ApiContext } from './context.ts';
import type { Api } from './route.ts';
import { DriverFeatures, list, Time } from './schemas.ts';

const tags = ['controller'];

const ControllerView = z
  .object({
    version: z.string(),
    installation: z.string(),
    pid: z.number().int(),
    startedAt: Time,
    uptimeMs: z.number().int(),
    dataDir: z.string(),
    activeOperations: z.number().int(),
    publicKey: z
      .string()
      .describe('What the controller logs in to machines with: authorize it on those to be imported.'),
    drivers: list(z.object({ name: z.string(), features: DriverFeatures })),
  })
  .meta({ id: 'Controller' });

/** The controller itself. */
export function controllerRoutes(api: Api, context: ApiContext): void {
  const { ports, engine } = context.world;

  api.get(
    '/v1/controller',
    { schema: { tags, summary: 'Show the controller', response: { 200: ControllerView } } },
    async () => ({
      version: context.version,
      installation: ports.store.installation,
      pid: process.pid,
      startedAt: context.startedAt,
      uptimeMs: ports.clock.now() - context.startedAt,
      dataDir: context.dataDir,
      activeOperations: engine.active(),
      publicKey: (await ports.loginKey()).publicKey,
      drivers: Object.values(context.drivers),
    }),
  );

  api.post(
    '/v1/controller/stop',
    {
      schema: {
        tags,
        summary: 'End the controller; unfinished operations go on at its next start',
        response: { 202: z.object({ stopping: z.literal(true), activeOperations: z.number().int() }) },
      },
      config: { role: 'admin' },
      onResponse: async () => context.shutdown(),
    },
    async (_request, reply) => reply.code(202).send({ stopping: true, activeOperations: engine.active() }),
  );

  api.post(
    '/v1/controller/backup',
    {
      schema: {
        tags,
        summary: "Write a copy of the store to a new file on the controller's machine",
        body: z.strictObject({ path: z.string().refine(isAbsolute, 'must be a full path') }),
        response: { 201: z.object({ path: z.string() }) },
      },
      config: { role: 'admin' },
    },
    async ({ body: { path } }, reply) => {
      await context.backup(path);
      return reply.code(201).send({ path });
    },
  );
}
