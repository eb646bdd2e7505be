import { resolve } from 'node:path';
import type { Verb } from './base/verb.ts';

export const verb: Verb = {
  summary: 'Write a whole copy of the inventory, operations and history to a new file. Secrets in it stay encrypted.',
  args: '<file>',
  examples: ['backup saltern-2026-11-20.db'],
  async run({ client, args: [file = ''], cwd, stderr, paths }) {
    const api = await client();
    const { path } = await api.request('POST', '/v1/controller/backup', { body: { path: resolve(cwd, file) } });
    stderr.write(`Wrote ${path}. Keep the key apart from it: ${paths.dataDir}/key\n`);
    return 0;
  },
};
