import type { Client } from '../client/client.ts';
import type { Import } from '../client/generated.ts';
import { column } from './base/columns.ts';
import type { Call } from './base/verb.ts';
import { assertSameEndpoint } from './endpoint.ts';

type Row = Import['preview'][number];

const ACTIONS: Readonly<Record<Row['action'], string>> = {
  import: 'import',
  managed: 'managed',
  conflict: 'conflict',
  ambiguous: 'exists twice',
  not_found: 'not found',
};

/** What an import would do, an instance a line. */
export function previewColumns(preview: readonly Row[]) {
  return preview.some(({ agentKey }) => agentKey) ? columns : columns.filter(({ key }) => key !== 'minion key');
}

const columns = [
  column<Row>('name', (row) => row.name),
  column<Row>('action', (row) => ACTIONS[row.action]),
  column<Row>('provider', (row) => row.provider, { priority: 3 }),
  column<Row>('native id', (row) => row.nativeId, { priority: 5 }),
  column<Row>('location', (row) => row.location, { priority: 1 }),
  column<Row>('minion key', (row) => (row.agentKey ? 'accepted' : null), { priority: 2 }),
  column<Row>('reason', (row) => row.reason, { priority: 4 }),
];

/** Tags are written there: refused when the environment speaks of another endpoint. */
export async function assertEndpoints(call: Call, api: Client, preview: readonly Row[]): Promise<void> {
  for (const provider of new Set(preview.map((row) => row.provider))) {
    assertSameEndpoint(call, await api.request('GET', '/v1/providers/{provider}', { params: { provider } }));
  }
}

/** How many would be taken over. */
export function importable(preview: readonly Row[]): number {
  return preview.filter(({ action }) => action === 'import').length;
}
