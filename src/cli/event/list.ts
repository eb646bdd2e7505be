import type { Event } from '../../client/generated.ts';
import { column, timeText } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'List the newest events, oldest first, or watch them come.',
  options: [
    { flags: '--after <id>', description: 'only after this event' },
    { flags: '--machine <name>', description: 'only about this machine' },
    { flags: '--operation <id>', description: 'only of this operation' },
    { flags: '-t, --type <pattern>', description: 'only of this type, with * and ?' },
    { flags: '-n, --limit <count>', description: 'how many', default: '100' },
    { flags: '-w, --watch', description: 'go on until Ctrl-C; JSON, one event a line, with -o json' },
  ],
  examples: [
    'event list',
    'event list --machine web-1',
    "event list --type 'salt/cloud/*'",
    'event list --watch -o json',
  ],
  async run({ client, options, out, stdout }) {
    const api = await client();
    const machine = options.text('machine');
    const after = options.text('after');
    const limit = Number(options.text('limit'));
    const type = options.text('type');
    const query = {
      ...(type !== undefined && { type }),
      ...(after !== undefined ? { after: Number(after) } : !options.flag('watch') && { last: limit }),
      ...(machine !== undefined && { entity: `machine/${machine}` }),
      ...(options.text('operation') !== undefined && { operation: options.text('operation') }),
    };
    if (!options.flag('watch')) {
      const { items } = await api.request('GET', '/v1/events', {
        query: { ...query, limit: Number(options.text('limit')) } as never,
      });
      await printRows(items, columns, out);
      return 0;
    }
    for await (const event of api.events(query as never)) {
      stdout.write(out.format === 'json' ? `${JSON.stringify(event)}\n` : `${lineOf(event)}\n`);
    }
    return 0;
  },
};

const columns = [
  column<Event>('id', (row) => row.id, { align: 'right' }),
  column<Event>('at', (row) => timeText(row.at)),
  column<Event>('type', (row) => row.type),
  column<Event>('by', (row) => row.actor.name, { priority: 2 }),
  column<Event>('tells', (row) => tells(row), { min: 20 }),
];

function lineOf(event: Event): string {
  return `${timeText(event.at)} ${event.type} ${tells(event)}`;
}

function tells({ data }: Event): string {
  return Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}
