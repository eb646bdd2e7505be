import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Remove a profile.',
  args: '<profile>',
  examples: ['profile remove web'],
  async run({ client, args: [profile = ''], stderr }) {
    const api = await client();
    await api.request('DELETE', '/v1/profiles/{profile}', { params: { profile } });
    stderr.write(`Removed ${profile}.\n`);
    return 0;
  },
};
