import type { Location } from '../../client/generated.ts';
import { column } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'List the locations of a provider.',
  args: '<provider>',
  examples: ['location list paris'],
  async run({ client, args: [provider = ''], out }) {
    const api = await client();
    const { items } = await api.request('GET', '/v1/providers/{provider}/locations', { params: { provider } });
    await printRows(items, columns, out);
    return 0;
  },
};

const columns = [
  column<Location>('id', (row) => row.id),
  column<Location>('name', (row) => row.name),
  column<Location>('region', (row) => row.region),
];
