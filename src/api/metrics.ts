import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MACHINE_STATUSES } from '../core/machine.ts';
import { type OperationRecord, type StepRecord, UNFINISHED } from '../core/operation.ts';
import type { Store } from '../core/store.ts';

/** What the controller counts, for Prometheus. `operation` and `step` are told as an `EngineListener` is. */
export interface Metrics {
  operation(record: OperationRecord): void;
  step(operation: OperationRecord, step: StepRecord): void;
  request(method: string, route: string, status: number, durationMs: number): void;
  /** The text that Prometheus reads. */
  scrape(store: Store): Promise<string>;
}

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1200];

export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const machines = byStatus('saltern_machines', 'Machines by status', registers);
  const active = byStatus('saltern_operations_active', 'Unfinished operations by status', registers);
  const ended = new Counter({
    name: 'saltern_operations_total',
    help: 'Operations that ended since the start, by how',
    labelNames: ['operation', 'status'],
    registers,
  });
  const steps = new Histogram({
    name: 'saltern_step_seconds',
    help: 'Time that steps took',
    labelNames: ['operation', 'step', 'status'],
    buckets: SECONDS,
    registers,
  });
  const requests = new Histogram({
    name: 'saltern_http_request_seconds',
    help: 'Time that requests took; event streams left out',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });

  async function gather(store: Store): Promise<void> {
    for (const status of MACHINE_STATUSES) {
      machines.set({ status }, await store.machines.count({ statuses: [status], destroyed: status === 'destroyed' }));
    }
    const unfinished = await store.operations.unfinished();
    for (const status of UNFINISHED) {
      active.set({ status }, unfinished.filter((record) => record.status === status).length);
    }
  }

  return {
    operation(record) {
      if (!UNFINISHED.includes(record.status)) ended.inc({ operation: record.name, status: record.status });
    },
    step(operation, step) {
      if (step.status === 'running' || step.endedAt === null) return;
      const labels = { operation: operation.name, step: stepLabel(step.name), status: step.status };
      steps.observe(labels, (step.endedAt - step.startedAt) / 1000);
    },
    request: (method, route, status, durationMs) => requests.observe({ method, route, status }, durationMs / 1000),
    async scrape(store) {
      await gather(store);
      return (await Promise.all(registers.map((registry) => registry.metrics()))).join('');
    },
  };
}

/** A step's name without what has no end of values: what follows a colon, and words with digits (ids, addresses). */
function stepLabel(name: string): string {
  const words = (name.split(':', 1)[0] ?? name).split(' ');
  return words.filter((word) => !/\d/.test(word)).join(' ');
}

function byStatus(name: string, help: string, registers: Registry[]): Gauge<'status'> {
  return new Gauge({ name, help, labelNames: ['status'], registers });
}
