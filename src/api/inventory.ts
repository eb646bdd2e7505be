import { z } from 'zod';
import type { Machine } from '../core/machine.ts';
import type { Ports } from '../core/ports.ts';
import type { SshTarget } from '../core/shell.ts';
import { machineAddress, requestOf, sshTarget } from '../operations/ssh-target.ts';
import type { ApiContext } from './context.ts';
import { theProfile, theProvider } from './lookup.ts';
import { MachineView, machineViewer } from './machine-view.ts';
import type { Api } from './route.ts';
import { list, PageQuery, page, pageOf } from './schemas.ts';

const Place = z.object({
  host: z.string(),
  port: z.number().int(),
  user: z.string(),
  hostKeys: list(z.string()).describe('What it must prove. Any of them will do; none are known when there are none.'),
});

const InventoryEntry = MachineView.extend({
  ssh: Place.extend({ jump: Place.nullable().describe('Through which it is reached.') }),
}).meta({ id: 'InventoryEntry' });

const InventoryQuery = PageQuery.extend({
  name: z.string().optional().describe('A pattern with `*` and `?`.'),
  provider: z.string().optional(),
  profile: z.string().optional(),
});

/** What other tools need of machines that can be reached now: no key is among it, so any reader may have it. */
export function inventoryRoutes(api: Api, context: ApiContext): void {
  const { ports } = context.world;
  const { store } = ports;

  api.get(
    '/v1/inventory',
    {
      schema: {
        tags: ['machines'],
        summary: 'List machines that are ready, each with how it is reached by SSH',
        querystring: InventoryQuery,
        response: { 200: page(InventoryEntry) },
      },
    },
    async ({ query }) => {
      const { limit, after, name } = query;
      const provider = query.provider && (await theProvider(store, query.provider)).id;
      const profile = query.profile && (await theProfile(store, query.profile)).id;
      const statuses = ['ready'] as const;
      const rows = await store.machines.list({ limit: limit + 1, after, name, provider, profile, statuses });
      const { items, next } = pageOf(rows, limit, (machine) => machine);
      const view = await machineViewer(store);
      const shown: z.output<typeof InventoryEntry>[] = [];
      for (const machine of items) {
        const ssh = await placeOf(ports, machine);
        if (ssh) shown.push({ ...view(machine), ssh });
      }
      return { items: shown, ...(next !== undefined && { next }) };
    },
  );
}

async function placeOf(ports: Ports, machine: Machine) {
  const { ssh } = await requestOf(ports, machine.id);
  if (machineAddress(machine, ssh) === null) return null;
  const target = await sshTarget(ports, machine, ssh);
  return { ...place(target), jump: target.jump ? place(target.jump) : null };
}

function place({ host, port, users, hostKeys }: SshTarget): z.output<typeof Place> {
  return { host, port, user: users[0] ?? 'root', hostKeys: typeof hostKeys === 'string' ? [] : hostKeys };
}
