import type { OperationDetail, Step } from '../../client/generated.ts';
import { formatDuration } from '../../lib/duration.ts';
import { column, timeText } from '../base/columns.ts';
import { type Field, printObject, printRows } from '../base/output.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Show an operation with its steps and what belongs to it.',
  args: '<operation>',
  examples: ['operation show 01JD…', 'operation show 01JD… -o json'],
  async run({ client, args: [operation = ''], out }) {
    const api = await client();
    const detail = await api.request('GET', '/v1/operations/{operation}', { params: { operation } });
    await printObject(detail, fields, out);
    if (out.format !== 'table') return 0;
    out.stdout.write('\n');
    await printRows(detail.steps, steps, out);
    if (detail.children.length > 0) {
      out.stdout.write('\n');
      await printRows(detail.children, children, out);
    }
    return 0;
  },
};

const fields: readonly Field<OperationDetail>[] = [
  { key: 'id', title: 'Id', value: (row) => row.id },
  { key: 'name', title: 'Operation', value: (row) => row.name },
  { key: 'on', title: 'On', value: (row) => row.entityName, optional: true },
  { key: 'status', title: 'Status', value: (row) => row.status },
  { key: 'error', title: 'Error', value: (row) => row.error?.message, optional: true },
  { key: 'hint', title: 'Hint', value: (row) => row.error?.hint, optional: true },
  { key: 'requestId', title: 'Request id', value: (row) => row.error?.requestId, optional: true },
  { key: 'by', title: 'Asked by', value: (row) => `${row.actor.name} (${row.actor.kind})` },
  { key: 'begun', title: 'Begun', value: (row) => timeText(row.createdAt) },
  {
    key: 'took',
    title: 'Took',
    value: (row) => (row.endedAt === null ? null : formatDuration(row.endedAt - row.createdAt)),
  },
];

const steps = [
  column<Step>('step', (row) => row.name, { min: 16 }),
  column<Step>('status', (row) => row.status),
  column<Step>('took', (row) => (row.endedAt === null ? null : formatDuration(row.endedAt - row.startedAt)), {
    align: 'right',
  }),
  column<Step>('tries', (row) => row.attempts, { align: 'right', priority: 2 }),
  column<Step>('tells', (row) => row.error?.message ?? row.progress, { min: 10, priority: 3 }),
];

type Child = OperationDetail['children'][number];

const children = [
  column<Child>('on', (row) => row.entityName),
  column<Child>('status', (row) => row.status),
  column<Child>('step', (row) => row.step?.name, { priority: 3 }),
  column<Child>('took', (row) => (row.endedAt === null ? null : formatDuration(row.endedAt - row.createdAt)), {
    align: 'right',
  }),
  column<Child>('operation', (row) => row.id, { priority: 2 }),
  column<Child>('error', (row) => row.error?.message, { min: 10, priority: 4 }),
];
