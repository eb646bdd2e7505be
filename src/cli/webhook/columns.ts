import type { Webhook } from '../../client/generated.ts';
import { column, timeText } from '../base/columns.ts';
import type { Field } from '../base/output.ts';

/** `ok`, or how often in a row it did not work. */
function status({ failures }: Webhook): string {
  return failures === 0 ? 'ok' : 'failing';
}

const types = (row: Webhook) => (row.types.length === 0 ? 'all' : row.types.join(' '));

export const webhookColumns = [
  column<Webhook>('name', (row) => row.name),
  column<Webhook>('status', status),
  column<Webhook>('url', (row) => row.url, { min: 20 }),
  column<Webhook>('types', types, { min: 12, priority: 3 }),
  column<Webhook>('waiting', (row) => row.waiting, { align: 'right', priority: 4 }),
  column<Webhook>('failures', (row) => row.failures, { align: 'right', priority: 2 }),
  column<Webhook>('error', (row) => row.lastError, { min: 16, priority: 5 }),
];

export const webhookFields: readonly Field<Webhook>[] = [
  { key: 'name', title: 'Name', value: (row) => row.name },
  { key: 'id', title: 'Id', value: (row) => row.id },
  { key: 'status', title: 'Status', value: status },
  { key: 'url', title: 'Address', value: (row) => row.url },
  { key: 'types', title: 'Types', value: types },
  { key: 'signed', title: 'Signed', value: (row) => (row.signed ? 'yes' : 'no') },
  { key: 'lastEvent', title: 'Delivered', value: (row) => `up to event ${row.lastEvent}` },
  { key: 'waiting', title: 'Waiting', value: (row) => row.waiting },
  { key: 'failures', title: 'Failures', value: (row) => row.failures },
  { key: 'lastError', title: 'Error', value: (row) => row.lastError, optional: true },
  { key: 'createdAt', title: 'Added', value: (row) => timeText(row.createdAt) },
];
