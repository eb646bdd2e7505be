import { printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { providerFields } from './columns.ts';

export const verb: Verb = {
  summary: 'Show a provider: its settings without secrets, and where its credentials lead.',
  args: '<provider>',
  examples: ['provider show paris'],
  async run({ client, args: [provider = ''], out }) {
    const api = await client();
    await printObject(
      await api.request('GET', '/v1/providers/{provider}', { params: { provider } }),
      providerFields,
      out,
    );
    return 0;
  },
};
