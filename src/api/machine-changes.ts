import { z } from 'zod';
import { MACHINE_VERBS } from '../core/machine.ts';
import { type ChangeVerb, PLAN_ACTIONS } from '../operations/inputs.ts';
import type { Started } from '../operations/requests.ts';
import type { ApiContext } from './context.ts';
import { MachineView, machineViewer } from './machine-view.ts';
import { OverridesBody } from './map-body.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { list, Price } from './schemas.ts';

/** RFC 1123: what can be a host name, with its domain or without. */
const MachineName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'must be letters, digits and hyphens, 1 to 63 of them between dots',
  );

const CreateBody = z
  .strictObject({
    names: z.array(MachineName).min(1).max(1000),
    profile: z.string().describe('Name or id.'),
    image: z.string().optional(),
    size: z.string().optional(),
    location: z.string().optional(),
    onFailure: z.enum(['keep', 'retry', 'destroy']).optional(),
    overrides: OverridesBody.optional(),
  })
  .meta({ id: 'CreateMachines' });

const ChangeBody = z
  .strictObject({
    machines: z.array(z.string()).min(1).max(1000).describe('Names or ids.'),
    imported: z.boolean().optional().describe('Imported machines may be destroyed too.'),
    abandon: z
      .boolean()
      .optional()
      .describe('To forget: an enrolled machine is dropped from the inventory alone; nothing on it is put back.'),
  })
  .meta({ id: 'ChangeMachines' });

const ProtectBody = z
  .strictObject({ machines: z.array(z.string()).min(1).max(1000).describe('Names or ids.') })
  .meta({ id: 'ProtectMachines' });

const PROTECTIONS = {
  protect: 'Protect machines from being destroyed or replaced',
  unprotect: 'Take the protection off machines',
} as const;

const StartedView = z
  .object({ operation: OperationView, machines: list(MachineView) })
  .meta({ id: 'Started', description: 'Begun: follow the operation.' });

const PlanView = z
  .object({
    profile: z.string(),
    provider: z.object({ name: z.string(), endpoint: z.string(), account: z.string(), project: z.string().nullable() }),
    image: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .describe('Null, as size and location, where machines exist before us.'),
    size: z.string().nullable(),
    location: z.string().nullable(),
    price: Price.nullable().describe('Of one machine.'),
    notes: list(z.string()).describe('What was chosen because the request left it open.'),
    machines: list(z.object({ name: z.string(), action: z.enum(PLAN_ACTIONS), reason: z.string().nullable() })),
  })
  .meta({ id: 'MachinePlan' });

const SUMMARIES = {
  start: 'Start machines',
  stop: 'Stop machines',
  reboot: 'Reboot machines',
  deploy: 'Run the deploy steps again',
  destroy: 'Destroy machines',
  forget: 'Stop managing machines; their instances stay',
} as const satisfies Record<ChangeVerb, string>;

/** Making and changing machines: each begins an operation and answers at once. */
export function machineChangeRoutes(api: Api, context: ApiContext): void {
  const { world, requests } = context;
  const { store } = world.ports;
  const tags = ['machines'];

  async function begun({ operation, machines }: Started) {
    return { operation: await viewOperation(store, operation), machines: machines.map(await machineViewer(store)) };
  }

  api.post(
    '/v1/machines',
    { schema: { tags, summary: 'Create machines', body: CreateBody, response: { 202: StartedView } } },
    async (request, reply) => {
      const started = await requests.createMachines(world, { ...request.body, actor: actorOf(request) });
      return reply.code(202).send(await begun(started));
    },
  );

  api.post(
    '/v1/machines/plan',
    {
      schema: { tags, summary: 'Show what creating would do and cost', body: CreateBody, response: { 200: PlanView } },
      config: { role: 'read' },
    },
    (request) => requests.planMachines(world, { ...request.body, actor: actorOf(request) }),
  );

  for (const [verb, summary] of Object.entries(PROTECTIONS)) {
    api.post(
      `/v1/machines/${verb}`,
      { schema: { tags, summary, body: ProtectBody, response: { 200: z.object({ machines: list(MachineView) }) } } },
      async (request) => {
        const wanted = { ...request.body, protected: verb === 'protect', actor: actorOf(request) };
        const machines = await requests.protectMachines(world, wanted);
        return { machines: machines.map(await machineViewer(store)) };
      },
    );
  }

  for (const verb of Object.keys(MACHINE_VERBS).filter(isChangeVerb)) {
    api.post(
      `/v1/machines/${verb}`,
      { schema: { tags, summary: SUMMARIES[verb], body: ChangeBody, response: { 202: StartedView } } },
      async (request, reply) => {
        const started = await requests.changeMachines(world, { verb, ...request.body, actor: actorOf(request) });
        return reply.code(202).send(await begun(started));
      },
    );
  }
}

function isChangeVerb(verb: string): verb is ChangeVerb {
  return verb in SUMMARIES;
}
