import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Remove a webhook: nothing more is sent to it.',
  args: '<webhook>',
  examples: ['webhook remove reactor'],
  async run({ client, args: [webhook = ''], stderr }) {
    const api = await client();
    await api.request('DELETE', '/v1/webhooks/{webhook}', { params: { webhook } });
    stderr.write(`Removed ${webhook}.\n`);
    return 0;
  },
};
