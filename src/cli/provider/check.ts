import { printObject } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { follow } from '../follow.ts';
import { providerFields } from './columns.ts';

export const verb: Verb = {
  summary: 'Check that the credentials work, where they lead, and that the list of machines can be believed.',
  args: '<provider>',
  examples: ['provider check paris'],
  async run(call) {
    const api = await call.client();
    const [provider = ''] = call.args;
    const { id } = await api.request('POST', '/v1/providers/{provider}/check', { params: { provider } });
    const code = await follow(call, api, id);
    await printObject(
      await api.request('GET', '/v1/providers/{provider}', { params: { provider } }),
      providerFields,
      call.out,
    );
    return code;
  },
};
