import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Remove a token.',
  args: '<token>',
  examples: ['token remove ci'],
  async run({ client, args: [token = ''], stderr }) {
    const api = await client();
    await api.request('DELETE', '/v1/tokens/{token}', { params: { token } });
    stderr.write(`Removed ${token}.\n`);
    return 0;
  },
};
