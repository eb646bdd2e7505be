import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { pages } from '../pages.ts';
import { machineColumns } from './columns.ts';

export const verb: Verb = {
  summary: 'List machines.',
  args: '[pattern]',
  options: [
    { flags: '-p, --profile <name>', description: 'only of this profile' },
    { flags: '--provider <name>', description: 'only of this provider' },
    { flags: '--status <status>', description: 'only in this status', repeat: true },
    { flags: '-a, --all', description: 'destroyed machines too' },
  ],
  examples: ['machine list', "machine list 'web-*' --status failed", 'machine list -o name'],
  async run({ client, args, options, out }) {
    const api = await client();
    const query = {
      name: args[0],
      profile: options.text('profile'),
      provider: options.text('provider'),
      status: options.list('status'),
      destroyed: options.flag('all') || undefined,
    };
    const machines = await pages((page) =>
      api.request('GET', '/v1/machines', { query: { ...query, ...page } as never }),
    );
    await printRows(machines, machineColumns, out);
    return 0;
  },
};
