import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../client/client.ts';
import { version } from '../lib/version.ts';
import { CliError } from './base/errors.ts';
import type { Verb } from './base/verb.ts';
import { controllerVersion } from './handshake.ts';

const TIMEOUT_MS = 60_000;

export const verb: Verb = {
  summary: 'Stop the controller. Steps at work settle; what is unfinished goes on at its next start.',
  examples: ['stop'],
  async run({ paths, stderr }) {
    const client = connect({ socket: paths.socket, version });
    if ((await controllerVersion(client)) === null) {
      stderr.write('No controller is running.\n');
      return 0;
    }
    const { activeOperations } = await client.request('POST', '/v1/controller/stop');
    const deadline = Date.now() + TIMEOUT_MS;
    while ((await controllerVersion(client)) !== null) {
      if (Date.now() > deadline)
        throw new CliError('timeout', 'the controller does not end', { hint: 'Look at its log.' });
      await sleep(100);
    }
    const left = activeOperations > 0 ? ` ${activeOperations} operations go on at the next start.` : '';
    stderr.write(`Stopped the controller.${left}\n`);
    return 0;
  },
};
