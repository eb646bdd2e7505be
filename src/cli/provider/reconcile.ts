import { column } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { follow } from '../follow.ts';

interface Finding {
  readonly kind: string;
  readonly resource: string;
  readonly name: string;
  readonly nativeId: string;
  readonly location: string;
  readonly action: string;
}

export const verb: Verb = {
  summary: 'Compare the ledger with the backend: what is missing, what is there twice, what nobody knows of.',
  args: '<provider>',
  options: [
    { flags: '--fix', description: 'destroy orphans: instances with our tag that the ledger does not know' },
    { flags: '--confirm-vanished', description: 'believe the list although many machines vanished from it' },
  ],
  examples: ['provider reconcile paris', 'provider reconcile paris --fix'],
  async run(call) {
    const api = await call.client();
    const [provider = ''] = call.args;
    const body = { fix: call.options.flag('fix'), confirmVanished: call.options.flag('confirmVanished') };
    const { id } = await api.request('POST', '/v1/providers/{provider}/reconcile', { params: { provider }, body });
    const code = await follow(call, api, id);
    const { output } = await api.request('GET', '/v1/operations/{operation}', { params: { operation: id } });
    await printRows(findingsIn(output), columns, call.out);
    return code;
  },
};

function findingsIn(output: unknown): Finding[] {
  if (typeof output !== 'object' || output === null || !('findings' in output)) return [];
  return Array.isArray(output.findings) ? output.findings : [];
}

const columns = [
  column<Finding>('kind', (row) => row.kind),
  column<Finding>('resource', (row) => row.resource),
  column<Finding>('name', (row) => row.name),
  column<Finding>('native id', (row) => row.nativeId, { priority: 2 }),
  column<Finding>('location', (row) => row.location, { priority: 1 }),
  column<Finding>('action', (row) => row.action),
];
