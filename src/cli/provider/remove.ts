import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Remove a provider that no machine and no profile uses.',
  args: '<provider>',
  examples: ['provider remove paris'],
  async run({ client, args: [provider = ''], stderr }) {
    const api = await client();
    await api.request('DELETE', '/v1/providers/{provider}', { params: { provider } });
    stderr.write(`Removed ${provider}.\n`);
    return 0;
  },
};
