import { printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { profileFields } from './columns.ts';

export const verb: Verb = {
  summary: 'Show a profile.',
  args: '<profile>',
  examples: ['profile show web'],
  async run({ client, args: [profile = ''], out }) {
    const api = await client();
    await printObject(await api.request('GET', '/v1/profiles/{profile}', { params: { profile } }), profileFields, out);
    return 0;
  },
};
