import { z } from 'zod';
import { ALLOWANCES, MAP_ACTIONS } from '../operations/inputs.ts';
import type { ApiContext } from './context.ts';
import { MachineView, machineViewer } from './machine-view.ts';
import { MapBody } from './map-body.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { list, Price } from './schemas.ts';

const MapRequest = z.strictObject({
  map: MapBody,
  only: z.array(z.string()).optional().describe('Only these machines of the map; nothing is pruned then.'),
  allow: z.array(z.enum(ALLOWANCES)).default([]).describe('What a person allows beside what harms nothing.'),
});

const PlanBody = MapRequest.meta({ id: 'PlanMap' });
const ApplyBody = MapRequest.extend({
  expect: z
    .array(
      z.strictObject({
        name: z.string(),
        action: z.enum(MAP_ACTIONS),
        nativeId: z.string().nullable(),
        fingerprint: z.string().nullable(),
      }),
    )
    .optional()
    .describe('What was shown: an action that would now be another one is not done, and told.'),
}).meta({ id: 'ApplyMap' });

const Scope = z.object({
  endpoint: z.string(),
  account: z.string(),
  project: z.string().nullable(),
  description: z.string(),
});

const Drift = z
  .object({
    what: z.enum(['size', 'image', 'tags', 'power', 'deploy', 'protection', 'status']),
    from: z.string().nullable(),
    to: z.string().nullable(),
    needs: z.enum(ALLOWANCES).nullable(),
  })
  .meta({ id: 'Drift' });

const Action = z
  .object({
    name: z.string(),
    action: z.enum(MAP_ACTIONS),
    needs: list(z.enum([...ALLOWANCES, 'unprotect', 'import'])).describe(
      'Still lacking: without these it is not done.',
    ),
    reason: z.string(),
    provider: z.string(),
    profile: z.string().nullable(),
    machine: z.string().nullable().describe('Its id, when it is in the inventory.'),
    nativeId: z.string().nullable(),
    nativeIds: list(z.string()).describe('Of every instance that bears the name, when they are not ours.'),
    location: z.string().nullable(),
    image: z.string().nullable(),
    size: z.string().nullable(),
    fingerprint: z.string().nullable().describe('Of the instance as it was seen.'),
    changes: list(Drift),
    price: Price.nullable().describe('As it will be, or as it is when it stays.'),
    requires: list(z.string()),
    origin: z.string().nullable(),
  })
  .meta({ id: 'PlannedAction' });

const Cost = z.object({ hourly: z.number(), monthly: z.number() });

const PlanView = z
  .object({
    map: z.string(),
    providers: list(
      z.object({
        name: z.string(),
        driver: z.string(),
        status: z.enum(['ok', 'unknown']),
        reason: z.string().nullable(),
        scope: Scope.nullable(),
      }),
    ),
    actions: list(Action),
    costs: list(z.object({ currency: z.string(), now: Cost, after: Cost })),
    changes: z.boolean().describe('False when the fleet is as the map says.'),
  })
  .meta({ id: 'MapPlan' });

const AppliedView = z
  .object({
    operation: OperationView,
    machines: list(MachineView).describe('Those that something is done about.'),
    left: list(z.object({ name: z.string(), action: z.enum(MAP_ACTIONS), reason: z.string() })).describe(
      'What is not done, and why: the operation does not end well while there is any.',
    ),
  })
  .meta({ id: 'Applied' });

/** A fleet as a map wants it: what that takes, and doing it. */
export function mapRoutes(api: Api, context: ApiContext): void {
  const { world, requests } = context;
  const { store } = world.ports;
  const tags = ['maps'];

  api.post(
    '/v1/maps/plan',
    {
      schema: {
        tags,
        summary: 'Show what applying a map would do and cost',
        body: PlanBody,
        response: { 200: PlanView },
      },
      config: { role: 'read' },
    },
    (request) => requests.planMap(world, { ...request.body, actor: actorOf(request) }),
  );

  api.post(
    '/v1/maps/apply',
    { schema: { tags, summary: 'Bring a fleet to what a map wants', body: ApplyBody, response: { 202: AppliedView } } },
    async (request, reply) => {
      const { operation, machines, left } = await requests.applyMap(world, {
        ...request.body,
        actor: actorOf(request),
      });
      const view = await machineViewer(store);
      return reply
        .code(202)
        .send({ operation: await viewOperation(store, operation), machines: machines.map(view), left });
    },
  );
}
