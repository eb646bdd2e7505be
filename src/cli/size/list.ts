import type { Size } from '../../client/generated.ts';
import { column } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

const GIB = 1024 ** 3;

export const verb: Verb = {
  summary: 'List the sizes of a provider with price and stock.',
  args: '<provider>',
  options: [
    { flags: '--location <location>', description: 'another location than the provider’s' },
    { flags: '--arch <arch>', description: 'only of this architecture', choices: ['x86_64', 'arm64', 'arm'] },
  ],
  examples: ['size list paris', 'size list paris --location nl-ams-1'],
  async run({ client, args: [provider = ''], options, out }) {
    const api = await client();
    const query = { location: options.text('location'), arch: options.text('arch') };
    const { items } = await api.request('GET', '/v1/providers/{provider}/sizes', {
      params: { provider },
      query: query as never,
    });
    await printRows(items, columns, out);
    return 0;
  },
};

const columns = [
  column<Size>('name', (row) => row.id, { title: 'SIZE' }),
  column<Size>('arch', (row) => row.arch, { priority: 3 }),
  column<Size>('cpus', (row) => row.cpus, { align: 'right' }),
  column<Size>('memory', (row) => `${+(row.memoryBytes / GIB).toFixed(1)} GiB`, { align: 'right' }),
  column<Size>('disk', (row) => (row.diskBytes > 0 ? `${+(row.diskBytes / 1e9).toFixed(0)} GB` : 'volumes'), {
    align: 'right',
    priority: 2,
  }),
  column<Size>('per hour', (row) => (row.price ? `${row.price.hourly.toFixed(4)} ${row.price.currency}` : 'unknown'), {
    align: 'right',
  }),
  column<Size>(
    'per month',
    (row) => (row.price ? `${row.price.monthly.toFixed(2)} ${row.price.currency}` : 'unknown'),
    { align: 'right', priority: 4 },
  ),
  column<Size>('stock', (row) => row.stock),
  column<Size>('location', (row) => row.location, { priority: 1 }),
];
