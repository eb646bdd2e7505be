import type { EngineListener } from '../core/engine.ts';
import type { NewEvent } from '../core/event.ts';
import type { OperationRecord, StepRecord } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { Store } from '../core/store.ts';
import { createBuffer } from '../lib/event-buffer.ts';
import type { Log } from '../lib/log.ts';
import { createSaltEvents } from './salt-events.ts';

/** How long (ms) events wait to be written together. */
const GATHER_MS = 25;
/** A step that waits tells what it waits for at most this often (ms). */
const PROGRESS_EVERY_MS = 2000;

/** Statuses that others act on: stored before the step that tells them ends, so that no crash can swallow them. */
const AWAITED: readonly unknown[] = ['ready', 'destroyed'];

/** Everything that happens, in one order, Salt's events among it: stored first, then told to whoever listens. */
export interface Story {
  readonly emit: Ports['emit'];
  readonly listener: EngineListener;
  onEvent(listener: () => void): () => void;
  /** The same for somebody who keeps no controller from ending, so that `listeners` does not count it. */
  onStored(listener: () => void): void;
  listeners(): number;
  close(): Promise<void>;
}

export function createStory(store: Store, log: Log): Story {
  const listeners = new Set<() => void>();
  const uncounted = new Set<() => void>();
  const salt = createSaltEvents(store);
  const buffer = createBuffer<NewEvent>(GATHER_MS, async (events) => {
    try {
      await store.events.append(await salt.beside(events));
      for (const listener of [...listeners, ...uncounted]) listener();
    } catch (error) {
      log.error({ error: String(error), events: events.length }, 'events could not be stored');
    }
  });
  const told = new Map<string, { at: number; status: string; progress: string | null }>();
  return {
    emit: async (event) => {
      buffer.add(event);
      if (event.type === 'machine.status' && AWAITED.includes(event.data['status'])) await buffer.flush();
    },
    listener: {
      operation: (record) => {
        buffer.add(operationEvent(record));
        if (record.endedAt !== null) for (const key of told.keys()) if (key.startsWith(record.id)) told.delete(key);
      },
      step: (operation, step) => {
        const key = `${operation.id}/${step.seq}`;
        const before = told.get(key);
        const now = Date.now();
        const same = before?.status === step.status;
        if (same && (before.progress === step.progress || now - before.at < PROGRESS_EVERY_MS)) return;
        told.set(key, { at: now, status: step.status, progress: step.progress });
        buffer.add(stepEvent(operation, step));
      },
      log: () => {},
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onStored: (listener) => void uncounted.add(listener),
    listeners: () => listeners.size,
    close: () => buffer.flush(),
  };
}

function operationEvent(record: OperationRecord): NewEvent {
  const { name, status, parent, error } = record;
  return {
    actor: record.actor,
    type: 'operation.status',
    entity: record.entity,
    operation: record.id,
    data: { name, status, parent, ...(error && { error }) },
  };
}

function stepEvent(operation: OperationRecord, step: StepRecord): NewEvent {
  const { name, status, attempts, progress, error, startedAt, endedAt } = step;
  return {
    actor: operation.actor,
    type: 'operation.step',
    entity: operation.entity,
    operation: operation.id,
    data: {
      step: name,
      status,
      attempts,
      parent: operation.parent,
      ...(progress !== null && { progress }),
      ...(error && { error }),
      ...(endedAt !== null && { durationMs: endedAt - startedAt }),
    },
  };
}
