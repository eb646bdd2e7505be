import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';
import { profileColumns } from './columns.ts';

export const verb: Verb = {
  summary: 'List profiles.',
  examples: ['profile list', 'profile list -o json'],
  async run({ client, out }) {
    const { items } = await (await client()).request('GET', '/v1/profiles');
    await printRows(items, profileColumns, out);
    return 0;
  },
};
