import { z } from 'zod';
import { ENROL_ACTIONS } from '../operations/inputs.ts';
import type { ApiContext } from './context.ts';
import { MachineView, machineViewer } from './machine-view.ts';
import { OperationView, viewOperation } from './operation-view.ts';
import { type Api, actorOf } from './route.ts';
import { list } from './schemas.ts';

const Port = z.number().int().min(1).max(65_535);

const Login = z
  .strictObject({
    password: z.string().min(1).optional(),
    privateKey: z.string().min(1).optional().describe('PEM text.'),
    passphrase: z.string().optional(),
  })
  .meta({ id: 'FirstLogin', description: 'How to get in the first time. Kept encrypted, dropped once our key works.' });

const Body = z
  .strictObject({
    provider: z.string().optional().describe('Name or id; the only one of driver ssh without.'),
    profile: z.string().optional().describe('SSH settings, first login and deploy steps.'),
    machines: z
      .array(
        z.strictObject({
          name: z.string(),
          host: z.string().describe('A name or an IP address.'),
          port: Port.optional(),
          users: z.array(z.string().min(1)).min(1).optional().describe('Tried in order.'),
          hostKey: z.string().optional().describe('`ssh-ed25519 AAAA…`; without it the first one seen is pinned.'),
          jump: z
            .strictObject({
              host: z.string().min(1),
              port: Port.optional(),
              user: z.string().min(1).optional(),
              hostKey: z.string().optional(),
            })
            .optional()
            .describe('A host to go through. It must let our key in already.'),
          login: Login.optional(),
        }),
      )
      .min(1)
      .max(1000),
    login: Login.optional().describe('For each machine that has none of its own.'),
    timeoutMs: z.number().int().positive().optional().describe('How long SSH is waited for.'),
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'EnrolMachines' });

const Preview = z.object({
  name: z.string(),
  provider: z.string(),
  nativeId: z.string().describe('`host:port`'),
  users: list(z.string()),
  hostKey: z.enum(['given', 'first-contact']),
  login: list(z.enum(['key', 'password'])).describe('What is tried after our own key.'),
  deploy: list(z.string()),
  action: z.enum(ENROL_ACTIONS).describe('`again`: an earlier try never got in. `managed`: enrolled already.'),
  reason: z.string().nullable(),
});

const EnrolView = z
  .object({
    operation: OperationView.nullable().describe('Null when nothing was begun.'),
    machines: list(MachineView),
    preview: list(Preview),
  })
  .meta({ id: 'Enrol' });

/** Machines that exist, reached by SSH. */
export function enrolRoutes(api: Api, { world, requests }: ApiContext): void {
  const { store } = world.ports;
  api.post(
    '/v1/machines/enrol',
    {
      schema: {
        tags: ['machines'],
        summary: 'Enrol machines that exist, by their addresses',
        body: Body,
        response: { 202: EnrolView },
      },
    },
    async (request, reply) => {
      const answer = await requests.enrolMachines(world, { ...request.body, actor: actorOf(request) });
      const operation = answer.operation && (await viewOperation(store, answer.operation));
      const machines = answer.machines.map(await machineViewer(store));
      return reply.code(202).send({ operation, machines, preview: answer.preview });
    },
  );
}
