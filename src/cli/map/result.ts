import type { Client } from '../../client/client.ts';
import type { Applied } from '../../client/generated.ts';
import type { Column } from '../base/table.ts';
import type { Planned } from './request.ts';

/** What became of one machine. */
export interface Result {
  readonly name: string;
  readonly action: string;
  readonly result: 'done' | 'failed' | 'left' | 'cancelled' | 'at work';
  /** Where it stopped. */
  readonly step: string | null;
  readonly error: string | null;
  readonly operation: string | null;
}

export const resultColumns: readonly Column<Result>[] = [
  { key: 'name', title: 'NAME', value: (row) => row.name },
  { key: 'action', title: 'ACTION', value: (row) => row.action },
  { key: 'status', title: 'RESULT', value: (row) => row.result },
  { key: 'step', title: 'STEP', value: (row) => row.step, min: 12, priority: 2 },
  { key: 'error', title: 'ERROR', value: (row) => row.error, min: 20 },
];

const RESULTS: Readonly<Record<string, Result['result']>> = {
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** One row for each machine that something was to be done about, in the plan's order. */
export async function resultsOf(api: Client, applied: Applied, { plan }: Planned): Promise<Result[]> {
  const { operation, machines, left } = applied;
  const { children } = await api.request('GET', '/v1/operations/{operation}', { params: { operation: operation.id } });
  const rows: Result[] = [];
  for (const { name, action } of plan.actions) {
    const id = machines.find((machine) => machine.name === name)?.id;
    const child = children.find(({ entity }) => id !== undefined && entity === `machine/${id}`);
    const kept = left.find((one) => one.name === name);
    if (child) {
      const result = RESULTS[child.status] ?? 'at work';
      const step = result === 'done' ? null : await stoppedAt(api, child.id);
      const error = child.error?.message ?? (kept ? kept.reason : null);
      rows.push({
        name,
        action,
        result: result === 'done' && kept ? 'left' : result,
        step,
        error,
        operation: child.id,
      });
    } else if (kept) {
      rows.push({ name, action: kept.action, result: 'left', step: null, error: kept.reason, operation: null });
    }
  }
  return rows;
}

async function stoppedAt(api: Client, operation: string): Promise<string | null> {
  const { steps } = await api.request('GET', '/v1/operations/{operation}', { params: { operation } });
  return steps.findLast(({ status }) => status !== 'done')?.name ?? null;
}
