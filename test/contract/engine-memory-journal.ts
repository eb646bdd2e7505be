import type { Journal } from '../../src/core/engine.ts';
import { SalternError } from '../../src/core/error.ts';
import {
  type LogLine,
  OPERATION_TRANSITIONS,
  type OperationRecord,
  type StepRecord,
  UNFINISHED,
} from '../../src/core/operation.ts';
import { assertTransition } from '../../src/core/status.ts';

export interface TestJournal extends Journal {
  log(operation: string): Promise<Pick<LogLine, 'text'>[]>;
}

/** A journal that holds what SQLite would: values that went through JSON, one unfinished operation per entity. */
export function createMemoryJournal(): TestJournal {
  const operations = new Map<string, OperationRecord>();
  const steps = new Map<string, StepRecord>();
  const lines: Omit<LogLine, 'seq'>[] = [];
  const sorted = (keep: (record: OperationRecord) => boolean) =>
    structuredClone([...operations.values()].filter(keep).sort((a, b) => (a.id < b.id ? -1 : 1)));
  const unfinished = (record: OperationRecord) => UNFINISHED.includes(record.status);

  function put(record: OperationRecord): OperationRecord {
    const other = sorted((r) => unfinished(r) && r.entity === record.entity && r.id !== record.id)[0];
    if (other && record.entity !== null && unfinished(record)) {
      throw new SalternError('conflict', `operation ${other.id} is at work on ${record.entity}`);
    }
    operations.set(record.id, JSON.parse(JSON.stringify(record)));
    return record;
  }

  return {
    create: async (record) => operations.get(record.id) ?? put(record),
    get: async (id) => structuredClone(operations.get(id) ?? null),
    async update(id, patch) {
      const present = operations.get(id);
      if (!present) throw new SalternError('not_found', `no operation ${id}`);
      assertTransition(OPERATION_TRANSITIONS, id, present.status, patch.status ?? present.status);
      return put({ ...present, ...patch });
    },
    unfinished: async () => sorted(unfinished),
    children: async (parent) => sorted((record) => record.parent === parent),
    steps: async (operation) =>
      structuredClone([...steps.values()].filter((s) => s.operation === operation).sort((a, b) => a.seq - b.seq)),
    async saveStep(step) {
      steps.set(`${step.operation}/${step.seq}`, JSON.parse(JSON.stringify(step)));
    },
    async appendLog(added) {
      lines.push(...added);
    },
    log: async (operation) => lines.filter((line) => line.operation === operation),
  };
}
