import { printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { webhookFields } from './columns.ts';

export const verb: Verb = {
  summary: 'Show a webhook: how far it got and what went wrong last.',
  args: '<webhook>',
  examples: ['webhook show reactor'],
  async run({ client, args: [webhook = ''], out }) {
    const found = await (await client()).request('GET', '/v1/webhooks/{webhook}', { params: { webhook } });
    await printObject(found, webhookFields, out);
    return 0;
  },
};
