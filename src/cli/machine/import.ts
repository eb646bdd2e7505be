import type { Import } from '../../client/generated.ts';
import { CliError } from '../base/errors.ts';
import { printRows } from '../base/output.ts';
import { confirm } from '../base/prompt.ts';
import type { Column } from '../base/table.ts';
import type { Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';

export const verb: Verb = {
  summary: 'Take over instances that others made: marks them, pins their host keys; nothing restarts.',
  args: '<instance...>',
  options: [
    { flags: '--provider <name>', description: 'the account they are in', required: true },
    { flags: '-p, --profile <name>', description: 'how to reach them: the profile’s SSH settings' },
    { flags: '--dry-run', description: 'only show what would be taken over' },
    { flags: '-y, --yes', description: 'do not ask' },
    ...waitFlags,
  ],
  examples: [
    'machine import --provider paris old-web-1 old-web-2',
    'machine import --provider paris --dry-run old-web-1',
  ],
  async run(call) {
    const api = await call.client();
    const profile = call.options.text('profile');
    const body = { provider: call.options.text('provider') ?? '', names: [...call.args], ...(profile && { profile }) };
    const { preview } = await api.request('POST', '/v1/machines/import', { body: { ...body, dryRun: true } });
    await printRows(preview, columns, call.out);
    if (call.options.flag('dryRun')) return 0;
    const { stdin, stderr } = call;
    const agreed = await confirm('Take them over?', { yes: call.options.flag('yes'), stdin, stderr });
    if (!agreed) throw new CliError('cancelled', 'nothing was changed');
    const { operation } = await api.request('POST', '/v1/machines/import', { body });
    return operation ? followOrLeave(call, api, operation.id) : 0;
  },
};

const columns: readonly Column<Import['preview'][number]>[] = [
  { key: 'name', title: 'NAME', value: (row) => row.name },
  { key: 'action', title: 'ACTION', value: (row) => row.action },
  { key: 'reason', title: 'REASON', value: (row) => row.reason },
  { key: 'nativeId', title: 'NATIVE ID', value: (row) => row.nativeId, priority: 2 },
  { key: 'location', title: 'LOCATION', value: (row) => row.location, priority: 1 },
];
