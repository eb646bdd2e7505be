import { CliError } from '../base/errors.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary:
    'Send a webhook a made-up event (type webhook.test, id 0) now. When it takes it, what waits follows at once.',
  args: '<webhook>',
  examples: ['webhook test reactor'],
  async run({ client, args: [webhook = ''], stderr }) {
    const api = await client();
    const params = { webhook };
    const { delivered, reason, durationMs } = await api.request('POST', '/v1/webhooks/{webhook}/test', { params });
    if (!delivered) throw new CliError('unavailable', `${webhook} did not take the event: ${reason}`);
    stderr.write(`Delivered in ${durationMs} ms.\n`);
    return 0;
  },
};
