import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { webhookColumns } from './columns.ts';

export const verb: Verb = {
  summary: 'List webhooks, and whether they take what they are sent.',
  examples: ['webhook list', 'webhook list -o json'],
  async run({ client, out }) {
    const { items } = await (await client()).request('GET', '/v1/webhooks');
    await printRows(items, webhookColumns, out);
    return 0;
  },
};
