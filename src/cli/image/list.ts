import type { Image } from '../../client/generated.ts';
import { column } from '../base/columns.ts';
import { printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'List the images of a provider.',
  args: '<provider> [match]',
  options: [
    { flags: '--location <location>', description: 'another location than the provider’s' },
    { flags: '--arch <arch>', description: 'only of this architecture', choices: ['x86_64', 'arm64', 'arm'] },
  ],
  examples: ['image list paris', 'image list paris debian --arch arm64'],
  async run({ client, args: [provider = '', match], options, out }) {
    const api = await client();
    const query = { location: options.text('location'), arch: options.text('arch') };
    const { items } = await api.request('GET', '/v1/providers/{provider}/images', {
      params: { provider },
      query: query as never,
    });
    const wanted = match?.toLowerCase() ?? '';
    const shown = items.filter(({ id, name, label }) =>
      [id, name, label].some((text) => text?.toLowerCase().includes(wanted)),
    );
    await printRows(shown, columns, out);
    return 0;
  },
};

const columns = [
  column<Image>('name', (row) => row.name, { min: 16 }),
  column<Image>('label', (row) => row.label, { priority: 5 }),
  column<Image>('arch', (row) => row.arch),
  column<Image>('type', (row) => (typeof row.extra?.['type'] === 'string' ? row.extra['type'] : null), { priority: 2 }),
  column<Image>('location', (row) => row.location, { priority: 3 }),
  column<Image>('source', (row) => row.source, { priority: 2 }),
  column<Image>('id', (row) => row.id, { priority: 4 }),
];
