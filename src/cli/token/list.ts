import type { Token } from '../../client/generated.ts';
import { column, timeText } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'List tokens; their secrets are not kept.',
  examples: ['token list'],
  async run({ client, out }) {
    const { items } = await (await client()).request('GET', '/v1/tokens');
    await printRows(items, columns, out);
    return 0;
  },
};

const columns = [
  column<Token>('name', (row) => row.name),
  column<Token>('role', (row) => row.role),
  column<Token>('expires', (row) => timeText(row.expiresAt)),
  column<Token>('id', (row) => row.id, { priority: 1 }),
];
