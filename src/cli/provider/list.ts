import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { providerColumns } from './columns.ts';

export const verb: Verb = {
  summary: 'List providers.',
  examples: ['provider list', 'provider list -o yaml'],
  async run({ client, out }) {
    const { items } = await (await client()).request('GET', '/v1/providers');
    await printRows(items, providerColumns, out);
    return 0;
  },
};
