import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import type { Call, Verb } from '../base/verb.ts';

const POLL_MS = 500;

export const verb: Verb = {
  summary: 'Print what the steps of an operation wrote: scripts’ output to stdout and stderr, notes to stderr.',
  args: '<operation>',
  options: [
    { flags: '-f, --follow', description: 'go on until the operation ends' },
    { flags: '--timestamps', description: 'begin each line with its time and step' },
  ],
  examples: ['operation log 01JD…', 'operation log 01JD… --follow'],
  async run(call) {
    const api = await call.client();
    const [operation = ''] = call.args;
    let after = 0;
    for (;;) {
      const { endedAt } = await api.request('GET', '/v1/operations/{operation}', { params: { operation } });
      after = await print(call, api, operation, after);
      if (!call.options.flag('follow') || endedAt !== null) return 0;
      await sleep(POLL_MS);
    }
  },
};

async function print(call: Call, api: Client, operation: string, from: number): Promise<number> {
  let after = from;
  for (;;) {
    const query = { after, limit: 1000 };
    const { items } = await api.request('GET', '/v1/operations/{operation}/log', { params: { operation }, query });
    for (const line of items) {
      const stamp = call.options.flag('timestamps') ? `${new Date(line.at).toISOString()} ${line.step} ` : '';
      const sink = line.stream === 'stdout' ? call.stdout : call.stderr;
      sink.write(`${stamp}${line.text}${line.text.endsWith('\n') ? '' : '\n'}`);
      after = line.seq;
    }
    if (items.length < 1000) return after;
  }
}
