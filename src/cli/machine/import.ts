import { CliError } from '../base/errors.ts';
import { printRows } from '../base/output.ts';
import { confirm } from '../base/prompt.ts';
import type { Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';
import { assertEndpoints, importable, previewColumns } from '../import-preview.ts';

export const verb: Verb = {
  summary: 'Take over instances that others made: marks them, pins their host keys; nothing restarts.',
  args: '<instance...>',
  options: [
    { flags: '--provider <name>', description: 'the account they are in', required: true },
    { flags: '-p, --profile <name>', description: 'what they are held against, and how to reach them' },
    { flags: '--as <name>', description: 'what the machine is called here (else as its instance)' },
    { flags: '--dry-run', description: 'only show what would be taken over' },
    { flags: '-y, --yes', description: 'do not ask' },
    ...waitFlags,
  ],
  examples: [
    'machine import --provider paris old-web-1 old-web-2',
    'machine import --provider paris --dry-run old-web-1',
    'machine import --provider paris 6a1c3e5f-0000-4000-8000-0000000000b2 --as web-1-old',
  ],
  async run(call) {
    const api = await call.client();
    const [profile, as] = [call.options.text('profile'), call.options.text('as')];
    const body = {
      provider: call.options.text('provider') ?? '',
      names: [...call.args],
      ...(profile && { profile }),
      ...(as && { as }),
    };
    const { preview } = await api.request('POST', '/v1/machines/import', { body: { ...body, dryRun: true } });
    await printRows(preview, previewColumns(preview), call.out);
    await assertEndpoints(call, api, preview);
    if (call.options.flag('dryRun')) return 0;
    if (importable(preview) > 0) {
      const { stdin, stderr } = call;
      const agreed = await confirm('Take them over?', { yes: call.options.flag('yes'), stdin, stderr });
      if (!agreed) throw new CliError('cancelled', 'nothing was changed');
    }
    const { operation } = await api.request('POST', '/v1/machines/import', { body });
    return operation ? followOrLeave(call, api, operation.id) : 0;
  },
};
