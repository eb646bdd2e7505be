import type { Operation } from '../../client/generated.ts';
import { formatDuration } from '../../lib/duration.ts';
import { column, timeText } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'List operations, newest first.',
  options: [
    { flags: '--status <status>', description: 'only in this status', repeat: true },
    { flags: '--machine <name>', description: 'only of this machine' },
    { flags: '-a, --all', description: 'those that belong to others, too' },
    { flags: '-n, --limit <count>', description: 'how many', default: '20' },
  ],
  examples: ['operation list', 'operation list --machine web-1', 'operation list --status failed -o json'],
  async run({ client, options, out }) {
    const api = await client();
    const machine = options.text('machine');
    const query = {
      limit: options.text('limit'),
      status: options.list('status'),
      children: options.flag('all') || undefined,
      ...(machine && { entity: `machine/${machine}` }),
    };
    const { items } = await api.request('GET', '/v1/operations', { query: query as never });
    await printRows(items, columns, out);
    return 0;
  },
};

const columns = [
  column<Operation>('id', (row) => row.id),
  column<Operation>('name', (row) => row.name, { title: 'OPERATION' }),
  column<Operation>('on', (row) => row.entityName, { priority: 6 }),
  column<Operation>('status', (row) => row.status),
  column<Operation>('begun', (row) => timeText(row.createdAt), { priority: 4 }),
  column<Operation>('took', (row) => (row.endedAt === null ? null : formatDuration(row.endedAt - row.createdAt)), {
    align: 'right',
    priority: 5,
  }),
  column<Operation>('by', (row) => row.actor.name, { priority: 2 }),
  column<Operation>('error', (row) => row.error?.message, { min: 10, priority: 3 }),
];
