import type { Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';

export const verb: Verb = {
  summary:
    'End an operation: what is under way settles, then what was made is kept (and goes on costing money) or destroyed.',
  args: '<operation>',
  options: [{ flags: '--destroy', description: 'destroy what was made' }, ...waitFlags],
  examples: ['operation cancel 01JD…', 'operation cancel 01JD… --destroy'],
  async run(call) {
    const api = await call.client();
    const [operation = ''] = call.args;
    const body = { made: call.options.flag('destroy') ? 'destroy' : 'keep' } as const;
    await api.request('POST', '/v1/operations/{operation}/cancel', { params: { operation }, body });
    const code = await followOrLeave(call, api, operation);
    return code === 14 ? 0 : code;
  },
};
