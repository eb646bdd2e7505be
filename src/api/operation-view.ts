import { z } from 'zod';
import {
  OPERATION_STATUSES,
  OPERATION_TRANSITIONS,
  type OperationRecord,
  type OperationStatus,
  type StepRecord,
  UNFINISHED,
} from '../core/operation.ts';
import type { Store } from '../core/store.ts';
import { Actor, ErrorRecord, Time } from './schemas.ts';

/** An operation as everybody sees it; its input stays inside. */
export const OperationView = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(OPERATION_STATUSES),
    entity: z.string().nullable().describe('What only it may work on, e.g. `machine/01J…`.'),
    entityName: z.string().nullable().describe('What people call that.'),
    parent: z.string().nullable(),
    actor: Actor,
    output: z.unknown(),
    error: ErrorRecord.nullable(),
    cancel: z.enum(['keep', 'destroy']).nullable(),
    createdAt: Time,
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    can: z.object({ cancel: z.boolean(), retry: z.boolean() }),
  })
  .meta({ id: 'Operation' });
export type OperationView = z.output<typeof OperationView>;

export const StepView = z
  .object({
    seq: z.number().int(),
    name: z.string(),
    kind: z.enum(['run', 'until', 'act', 'each']),
    status: z.enum(['running', 'done', 'failed']),
    attempts: z.number().int(),
    error: ErrorRecord.nullable(),
    progress: z.string().nullable().describe('What it waits for now.'),
    startedAt: Time,
    endedAt: Time.nullable(),
  })
  .meta({ id: 'Step' });
export type StepView = z.output<typeof StepView>;

/** Turns operations into what people see; looks up what their entities are called. */
export async function viewOperations(store: Store, records: readonly OperationRecord[]): Promise<OperationView[]> {
  const names = new Map<string, string | null>();
  for (const { entity } of records) {
    if (entity !== null && !names.has(entity)) names.set(entity, await entityName(store, entity));
  }
  return records.map((record) => ({
    ...record,
    output: record.output ?? null,
    entityName: record.entity === null ? null : (names.get(record.entity) ?? null),
    can: {
      cancel: mayBecome(record.status, 'cancelling'),
      retry: !UNFINISHED.includes(record.status) && mayBecome(record.status, 'queued'),
    },
  }));
}

export async function viewOperation(store: Store, record: OperationRecord): Promise<OperationView> {
  const [view] = await viewOperations(store, [record]);
  return view as OperationView;
}

/** The step at work, for an operation that has not ended. */
export async function currentStep(store: Store, record: OperationRecord): Promise<StepRecord | null> {
  if (!UNFINISHED.includes(record.status)) return null;
  return (await store.operations.steps(record.id)).findLast((step) => step.status === 'running') ?? null;
}

function mayBecome(from: OperationStatus, to: OperationStatus): boolean {
  return (OPERATION_TRANSITIONS[from] as readonly OperationStatus[]).includes(to);
}

async function entityName(store: Store, entity: string): Promise<string | null> {
  const [kind, id = ''] = entity.split('/');
  switch (kind) {
    case 'machine':
      return (await store.machines.get(id))?.name ?? null;
    case 'provider':
      return (await store.providers.get(id))?.name ?? null;
    default:
      return null;
  }
}
