import { z } from 'zod';
import { MACHINE_STATUSES, type Machine } from '../core/machine.ts';
import type { Ports } from '../core/ports.ts';
import { requestOf, sshTarget } from '../operations/ssh-target.ts';
import type { ApiContext } from './context.ts';
import { theMachine, theProfile, theProvider } from './lookup.ts';
import { MachineView, machineViewer } from './machine-view.ts';
import { type Api, callerOf } from './route.ts';
import { Flag, list, oneOrMore, PageQuery, page, pageOf } from './schemas.ts';

const params = z.object({ machine: z.string().describe('Name or id.') });

const MachineQuery = PageQuery.extend({
  name: z.string().optional().describe('A pattern with `*` and `?`.'),
  provider: z.string().optional(),
  profile: z.string().optional(),
  status: oneOrMore(MACHINE_STATUSES),
  destroyed: Flag.describe('Show destroyed machines too.'),
});

const SshView = z
  .object({
    machine: z.string(),
    host: z.string(),
    port: z.number().int(),
    user: z.string(),
    hostKeys: list(z.string()).describe('What the machine must prove. Any of them will do.'),
    jump: z
      .object({ host: z.string(), port: z.number().int(), user: z.string(), hostKey: z.string().nullable() })
      .nullable(),
    privateKey: z.string().nullable().describe("The controller's login key; only for administrators."),
  })
  .meta({ id: 'SshAccess' });

/** Looking at machines. */
export function machineRoutes(api: Api, context: ApiContext): void {
  const { store } = context.world.ports;

  api.get(
    '/v1/machines',
    {
      schema: {
        tags: ['machines'],
        summary: 'List machines',
        querystring: MachineQuery,
        response: { 200: page(MachineView) },
      },
    },
    async ({ query }) => {
      const { limit, after, name, status, destroyed } = query;
      const provider = query.provider && (await theProvider(store, query.provider)).id;
      const profile = query.profile && (await theProfile(store, query.profile)).id;
      const filter = { limit: limit + 1, after, name, provider, profile, statuses: status, destroyed };
      const rows = await store.machines.list(filter);
      return pageOf(rows, limit, await machineViewer(store));
    },
  );

  api.get(
    '/v1/machines/:machine',
    { schema: { tags: ['machines'], summary: 'Show a machine', params, response: { 200: MachineView } } },
    async (request) => {
      const machine = await theMachine(store, request.params.machine);
      return (await machineViewer(store))(machine);
    },
  );

  api.get(
    '/v1/machines/:machine/ssh',
    { schema: { tags: ['machines'], summary: 'How to reach a machine by SSH', params, response: { 200: SshView } } },
    async (request, reply) => {
      const machine = await theMachine(store, request.params.machine);
      const { actor, role } = callerOf(request);
      const mayHaveKey = role === 'admin';
      if (mayHaveKey) {
        const entity = `machine/${machine.id}`;
        await context.world.ports.emit({ actor, type: 'machine.ssh-key-read', entity, operation: null, data: {} });
      }
      reply.header('cache-control', 'no-store');
      const privateKey = mayHaveKey ? (await context.world.ports.loginKey()).privateKey : null;
      return { ...(await reach(context.world.ports, machine)), privateKey };
    },
  );
}

async function reach(ports: Ports, machine: Machine) {
  const { ssh } = await requestOf(ports, machine.id);
  const { host, port, users, hostKeys } = await sshTarget(ports, machine, ssh);
  const user = users[0] ?? 'root';
  return {
    machine: machine.name,
    host,
    port,
    user,
    hostKeys: typeof hostKeys === 'string' ? [] : hostKeys,
    jump: ssh.jump,
  };
}
