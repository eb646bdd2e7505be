import { CliError } from '../base/errors.ts';
import type { Verb } from '../base/verb.ts';
import { followOrLeave, waitFlags } from '../follow.ts';

export const verb: Verb = {
  summary: 'Go on with a machine from the step where its operation stopped.',
  args: '<machine>',
  options: waitFlags,
  examples: ['machine retry web-1'],
  async run(call) {
    const api = await call.client();
    const [machine = ''] = call.args;
    const { operation, name } = await api.request('GET', '/v1/machines/{machine}', { params: { machine } });
    if (operation === null) throw new CliError('conflict', `machine ${name} has no operation to go on with`);
    await api.request('POST', '/v1/operations/{operation}/retry', { params: { operation } });
    return followOrLeave(call, api, operation);
  },
};
