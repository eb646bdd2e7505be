import type { Profile } from '../../client/generated.ts';
import { column } from '../base/columns.ts';
import type { Field } from '../base/output.ts';
import type { Column } from '../base/table.ts';

export const profileColumns: readonly Column<Profile>[] = [
  column('name', (row) => row.name),
  column('provider', (row) => row.provider.name),
  column('image', (row) => row.image, { min: 12 }),
  column('size', (row) => row.size ?? 'cheapest that fits', { priority: 4 }),
  column('location', (row) => row.location, { priority: 3 }),
  column('deploy', (row) => row.deploy.map((step) => step.name).join(', '), { min: 8, priority: 2 }),
  column('origin', (row) => row.origin, { min: 12, priority: 1 }),
];

export const profileFields: readonly Field<Profile>[] = [
  { key: 'name', title: 'Name', value: (row) => row.name },
  { key: 'id', title: 'Id', value: (row) => row.id },
  { key: 'provider', title: 'Provider', value: (row) => row.provider.name },
  { key: 'image', title: 'Image', value: (row) => row.image },
  { key: 'size', title: 'Size', value: (row) => row.size ?? 'the cheapest that fits and is in stock' },
  { key: 'location', title: 'Location', value: (row) => row.location ?? 'the provider’s' },
  { key: 'tags', title: 'Tags', value: (row) => row.tags.join(', ') },
  { key: 'ssh', title: 'SSH', value: ({ ssh }) => `${ssh.users.join(' or ')}, port ${ssh.port}, ${ssh.reach} address` },
  { key: 'deploy', title: 'Deploy', value: (row) => row.deploy.map(({ kind, name }) => `${kind} ${name}`) },
  { key: 'onFailure', title: 'On failure', value: (row) => row.onFailure },
  {
    key: 'options',
    title: 'Options',
    value: (row) => Object.entries(row.options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
  },
  { key: 'origin', title: 'Written in', value: (row) => row.origin },
];
