import Fastify from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { newId } from '../lib/ids.ts';
import { authenticate } from './auth.ts';
import { configRoutes } from './config.ts';
import type { ApiContext } from './context.ts';
import { controllerRoutes } from './controller.ts';
import { enrolRoutes } from './enrol.ts';
import { handleErrors, validatorCompiler } from './errors.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { imageRoutes } from './images.ts';
import { instanceRoutes } from './instances.ts';
import { inventoryRoutes } from './inventory.ts';
import { locationRoutes } from './locations.ts';
import { machineChangeRoutes } from './machine-changes.ts';
import { machineRoutes } from './machines.ts';
import { importRoutes } from './map-import.ts';
import { mapRoutes } from './maps.ts';
import { describe } from './openapi.ts';
import { operationRoutes } from './operations.ts';
import { profileRoutes } from './profiles.ts';
import { providerRoutes } from './providers.ts';
import { recoverRoutes } from './recover.ts';
import { resourceRoutes } from './resources.ts';
import type { Api } from './route.ts';
import { sizeRoutes } from './sizes.ts';
import { tokenRoutes } from './tokens.ts';
import { webhookRoutes } from './webhooks.ts';

const ROUTES = [
  providerRoutes,
  resourceRoutes,
  profileRoutes,
  configRoutes,
  imageRoutes,
  sizeRoutes,
  locationRoutes,
  instanceRoutes,
  machineRoutes,
  inventoryRoutes,
  machineChangeRoutes,
  enrolRoutes,
  mapRoutes,
  importRoutes,
  operationRoutes,
  eventRoutes,
  tokenRoutes,
  webhookRoutes,
  controllerRoutes,
  recoverRoutes,
  healthRoutes,
];

/** Deploy scripts and files travel in bodies: in a map of a thousand machines each may have its own. */
const BODY_LIMIT = 64 * 1024 * 1024;

/** Stands where Fastify would load JSON Schema compilers of its own, 100 ms at each start, to have them replaced by ours. */
function replaced(): never {
  throw new Error('a schema was compiled before the zod compilers were set');
}

/**
 * The HTTP API; hooks may be added until it listens. One per listener: on a Unix socket everybody who can open it may do
 * everything, on TCP everybody shows a token (see auth.ts). `tls` holds PEM text.
 */
export async function createApi(context: ApiContext, tls?: { key: string; cert: string }): Promise<Api> {
  const api: Api = Fastify({
    https: tls ?? null,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    genReqId: () => newId(),
    schemaController: { compilersFactory: { buildValidator: replaced, buildSerializer: replaced } },
  }).withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.removeContentTypeParser('text/plain');
  api.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'saltern-version': context.version,
      'saltern-installation': context.world.ports.store.installation,
      'x-request-id': request.id,
    });
  });
  handleErrors(api, context.log);
  authenticate(api, context);
  await describe(api);
  for (const register of ROUTES) register(api, context);
  return api;
}
