import type { Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';

export const verb: Verb = {
  summary: 'Go on with a failed or cancelled operation from the step that stopped it.',
  args: '<operation>',
  options: waitFlags,
  examples: ['operation retry 01JD…'],
  async run(call) {
    const api = await call.client();
    const [operation = ''] = call.args;
    await api.request('POST', '/v1/operations/{operation}/retry', { params: { operation } });
    return followOrLeave(call, api, operation);
  },
};
