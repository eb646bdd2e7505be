import type { Verb } from '../base/verb.ts';
import { follow } from '../follow.ts';

export const verb: Verb = {
  summary: 'Follow an operation until it ends.',
  args: '<operation>',
  examples: ['operation wait 01JD…'],
  async run(call) {
    return follow(call, await call.client(), call.args[0] ?? '');
  },
};
