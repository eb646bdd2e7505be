import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { ApiError } from '../client/error.ts';
import { EXIT_CODES, type OperationDetail } from '../client/generated.ts';
import { formatDuration } from '../lib/duration.ts';
import { createProgress, type Progress } from './base/progress.ts';
import type { Call } from './base/verb.ts';

const POLL_MS = 250;
const ENDED = ['succeeded', 'failed', 'cancelled'];
const INTERRUPTED = 130;
/** How long a controller may be away, ms. */
const RESTART_MS = 60_000;

/** What people call entities, for those that may be out of the inventory by the time they are told of. */
type Names = ReadonlyMap<string, string>;

/**
 * Follows an operation to its end with one line a machine. Ctrl-C ends only the following: the operation goes on, and how to
 * follow, cancel or resume it is said. Answers with the exit code.
 */
export async function follow(call: Call, client: Client, id: string, names: Names = new Map()): Promise<number> {
  const progress = createProgress(call.stderr, call.env);
  const interrupted = new AbortController();
  const onInterrupt = () => interrupted.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const ended = await untilEnded(client, id, progress, names, interrupted.signal);
    progress.close();
    if (ended === null) return leave(call, id);
    return tellEnd(call, ended);
  } finally {
    progress.close();
    process.removeListener('SIGINT', onInterrupt);
  }
}

async function untilEnded(
  client: Client,
  id: string,
  progress: Progress,
  names: Names,
  signal: AbortSignal,
): Promise<OperationDetail | null> {
  const told = new Set<string>();
  for (;;) {
    if (signal.aborted) return null;
    const operation = await patiently(progress, () =>
      client.request('GET', '/v1/operations/{operation}', { params: { operation: id } }),
    );
    tellProgress(operation, progress, told, names);
    if (ENDED.includes(operation.status)) return operation;
    await sleep(POLL_MS, null, { signal }).catch(() => {});
  }
}

/** A controller that is being restarted goes on with the operation: it is waited for. */
async function patiently<T>(progress: Progress, ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + RESTART_MS;
  for (let first = true; ; first = false) {
    try {
      return await ask();
    } catch (error) {
      const gone = error instanceof ApiError && error.status === null && error.code === 'unavailable';
      if (!gone || Date.now() > deadline) throw error;
      if (first) progress.note('the controller does not answer; waiting for it to come back …');
      await sleep(POLL_MS);
    }
  }
}

type Child = OperationDetail['children'][number];

function tellProgress(operation: OperationDetail, progress: Progress, told: Set<string>, names: Names): void {
  if (operation.children.length === 0) {
    const step = operation.steps.findLast((each) => each.status === 'running');
    if (step)
      progress.update(operation.name, {
        step: step.name,
        status: 'creating',
        detail: step.progress,
        elapsedMs: since(operation),
      });
    return;
  }
  progress.remove(operation.name);
  for (const child of operation.children) {
    const name = child.entityName ?? names.get(child.entity ?? '') ?? child.id;
    if (!ENDED.includes(child.status)) {
      told.delete(child.id);
      progress.update(name, stepOf(child));
    } else if (!told.has(child.id)) {
      told.add(child.id);
      const ok = child.status === 'succeeded';
      progress.done(name, ok, ok ? 'done' : (child.error?.message ?? child.status));
    }
  }
}

function stepOf(child: Child) {
  const waiting = child.status === 'queued' ? 'waiting for its turn' : child.status;
  return {
    step: child.step?.name ?? waiting,
    detail: child.step?.progress ?? null,
    status: child.status === 'queued' ? 'requested' : 'creating',
    elapsedMs: since(child),
  };
}

function since({ createdAt, endedAt }: { createdAt: number; endedAt: number | null }): number {
  return Math.max(0, (endedAt ?? Date.now()) - createdAt);
}

function tellEnd(call: Call, operation: OperationDetail): number {
  const { status, error, children } = operation;
  const took = formatDuration(since(operation));
  if (status === 'succeeded') {
    call.stderr.write(`${operation.name}: done in ${took}\n`);
    return 0;
  }
  const failed = children.filter((child) => child.status !== 'succeeded');
  call.stderr.write(`error: ${error?.message ?? `${operation.name} was ${status}`}\n`);
  for (const child of failed.slice(1, 20)) {
    if (child.error) call.stderr.write(`  ${child.entityName ?? child.id}: ${child.error.message}\n`);
  }
  if (error?.hint) call.stderr.write(`  hint: ${error.hint}\n`);
  if (error?.requestId) call.stderr.write(`  request id: ${error.requestId}\n`);
  call.stderr.write(`  steps: saltern operation show ${operation.id}\n`);
  // What stands in the way of the whole stands there the next time as well.
  const isRefused = error?.code === 'conflict' && failed.length === 0;
  if (!isRefused) call.stderr.write(`  go on: saltern operation retry ${operation.id}\n`);
  return error ? EXIT_CODES[error.code] : EXIT_CODES.cancelled;
}

function leave(call: Call, id: string): number {
  call.stderr.write(
    `\nThe operation goes on without you.\n  follow: saltern operation wait ${id}\n  cancel: saltern operation cancel ${id}\n`,
  );
  return INTERRUPTED;
}

/** Follows unless `--detach` was given; then says how to. */
export async function followOrLeave(call: Call, client: Client, id: string, names?: Names): Promise<number> {
  if (!call.options.flag('detach')) return follow(call, client, id, names);
  call.stderr.write(`Begun. Follow it with: saltern operation wait ${id}\n`);
  return 0;
}

export const waitFlags = [
  { flags: '--wait', description: 'follow until it ends (the default)' },
  { flags: '-d, --detach', description: 'return as soon as it has begun' },
] as const;
