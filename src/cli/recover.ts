import type { Recovery } from '../client/generated.ts';
import { column } from './base/columns.ts';
import { CliError } from './base/errors.ts';
import { printRows } from './base/output.ts';
import { confirm } from './base/prompt.ts';
import type { Verb } from './base/verb.ts';
import { configFlags, loadNamedFiles } from './bundle.ts';
import { followOrLeave, waitFlags } from './follow.ts';

export const verb: Verb = {
  summary: 'Rebuild the inventory from the tags on the backends, after it was lost in whole or in part.',
  options: [
    { flags: '--provider <name>', description: 'look only here (else in every provider)', repeat: true },
    { flags: '--installation <id>', description: 'whose machines, where several installations have some' },
    { flags: '-p, --profile <name>', description: 'how to reach them: the profile’s SSH settings' },
    { flags: '--dry-run', description: 'only show what was found' },
    { flags: '-y, --yes', description: 'do not ask' },
    ...configFlags,
    ...waitFlags,
  ],
  examples: ['recover --dry-run', 'recover -c /etc/salt -p web', 'recover --provider paris --installation 01J… --yes'],
  async run(call) {
    const api = await call.client();
    await loadNamedFiles(call, api);
    const providers = call.options.list('provider');
    const [installation, profile] = [call.options.text('installation'), call.options.text('profile')];
    const body = {
      ...(providers.length > 0 && { providers: [...providers] }),
      ...(installation !== undefined && { installation }),
      ...(profile !== undefined && { profile }),
    };
    const found = await api.request('POST', '/v1/recover', { body: { ...body, dryRun: true } });
    for (const line of told(found)) call.stderr.write(`${line}\n`);
    await printRows(found.machines, columns, call.out);
    const lost = found.machines.filter(({ action }) => action === 'recover').length;
    if (call.options.flag('dryRun')) return 0;
    if (found.installation === null) {
      throw new CliError('conflict', 'several installations have machines here; nothing was changed', {
        hint: 'Choose one of them with --installation.',
      });
    }
    if (lost === 0) return 0;
    const { stdin, stderr } = call;
    const agreed = await confirm(question(found, lost), { yes: call.options.flag('yes'), stdin, stderr });
    if (!agreed) throw new CliError('cancelled', 'nothing was changed');
    const chosen = { ...body, installation: found.installation };
    const { operation } = await api.request('POST', '/v1/recover', { body: chosen });
    return operation ? followOrLeave(call, api, operation.id) : 0;
  },
};

function told({ installations, machines }: Recovery): string[] {
  if (installations.length === 0) return ['Nothing was found that bears a mark of Saltern.'];
  const lines = installations.map(
    ({ id, instances, ours }) =>
      `${ours ? 'This installation' : 'The installation'} ${id}: ${counted(instances)} with its mark.`,
  );
  const nothing = machines.length > 0 && machines.every(({ action }) => action === 'known');
  return nothing ? [...lines, 'Every machine of this installation is in the inventory.'] : lines;
}

function question({ installation, installations }: Recovery, lost: number): string {
  const ours = installations.some(({ id, ours }) => ours && id === installation);
  const becomes = ours ? '' : `This inventory is empty and becomes the installation ${installation}. `;
  return `${becomes}Put ${lost === 1 ? '1 machine' : `${lost} machines`} back?`;
}

function counted(instances: number): string {
  return instances === 1 ? '1 instance' : `${instances} instances`;
}

const columns = [
  column<Recovery['machines'][number]>('name', (row) => row.name),
  column<Recovery['machines'][number]>('action', (row) => row.action),
  column<Recovery['machines'][number]>('provider', (row) => row.provider, { priority: 3 }),
  column<Recovery['machines'][number]>('native id', (row) => row.nativeId, { priority: 2 }),
  column<Recovery['machines'][number]>('location', (row) => row.location, { priority: 1 }),
  column<Recovery['machines'][number]>('reason', (row) => row.reason, { priority: 4 }),
];
