import type { Provider } from '../../client/generated.ts';
import { column, timeText } from '../base/columns.ts';
import type { Field } from '../base/output.ts';
import type { Column } from '../base/table.ts';

export const providerColumns: readonly Column<Provider>[] = [
  column('name', (row) => row.name),
  column('driver', (row) => row.driver),
  column('status', (row) => row.status),
  column('account', (row) => row.scope?.description, { min: 12, priority: 3 }),
  column('checked', (row) => timeText(row.checkedAt), { priority: 2 }),
  column('origin', (row) => row.origin, { min: 12, priority: 1 }),
];

export const providerFields: readonly Field<Provider>[] = [
  { key: 'name', title: 'Name', value: (row) => row.name },
  { key: 'id', title: 'Id', value: (row) => row.id },
  { key: 'driver', title: 'Driver', value: (row) => row.driver },
  { key: 'status', title: 'Status', value: (row) => row.status },
  { key: 'reason', title: 'Reason', value: (row) => row.statusReason, optional: true },
  { key: 'endpoint', title: 'Endpoint', value: (row) => row.scope?.endpoint },
  { key: 'account', title: 'Account', value: (row) => row.scope?.account },
  { key: 'project', title: 'Project', value: (row) => row.scope?.project },
  {
    key: 'settings',
    title: 'Settings',
    value: (row) => Object.entries(row.settings).map(([key, value]) => `${key}: ${String(value)}`),
  },
  { key: 'secrets', title: 'Secrets kept', value: (row) => row.secretKeys.join(', ') },
  {
    key: 'limits',
    title: 'Own limits',
    value: (row) => Object.entries(row.limits).map(([key, value]) => `${key}: ${value}`),
  },
  { key: 'checked', title: 'Checked', value: (row) => timeText(row.checkedAt) },
  { key: 'origin', title: 'Written in', value: (row) => row.origin },
];
