import { printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { machineFields } from './columns.ts';

export const verb: Verb = {
  summary: 'Show everything about a machine.',
  args: '<machine>',
  examples: ['machine show web-1', 'machine show web-1 -o json'],
  async run({ client, args: [machine = ''], out }) {
    const api = await client();
    await printObject(await api.request('GET', '/v1/machines/{machine}', { params: { machine } }), machineFields, out);
    return 0;
  },
};
