import { SalternError } from '../../core/error.ts';
import { Nothing } from './client.ts';
import { type Context, instancePath } from './context.ts';
import { orNull, saysGone } from './errors.ts';
import type { Server } from './schema.ts';
import type { ServerRef, Servers } from './servers.ts';
import { stateRow } from './statuses.ts';

/** Most machines are up when they end, so the action for that comes first; a refusal is a reason to look. */
export async function destroyServer(
  context: Context,
  servers: Servers,
  target: ServerRef,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await servers.act(target, 'terminate', signal);
  } catch (error) {
    if (saysGone(error, target.id)) return;
    const refusal = error instanceof SalternError && (error.code === 'conflict' || error.code === 'invalid');
    const server = refusal ? await servers.get(target.id, target.zone, signal) : undefined;
    if (server === undefined) throw error;
    if (server === null) return;
    await destroyByState(context, server, error, signal);
  }
}

async function destroyByState(context: Context, server: Server, refusal: unknown, signal?: AbortSignal): Promise<void> {
  const { destroy: move, status } = stateRow(server);
  const busy = `server ${server.id} is ${server.state} and cannot be ended now`;
  switch (move) {
    case 'done':
      return;
    case 'delete': {
      const path = instancePath(context, server.zone, `/servers/${server.id}`);
      await orNull(server.id, context.client.call({ method: 'DELETE', path, answer: Nothing }, signal));
      return;
    }
    case 'terminate': // It came to be so after the refusal: the next try will do.
    case 'wait':
      throw new SalternError('conflict', busy, { retry: true, cause: refusal });
    case 'refuse':
      throw new SalternError('conflict', busy, {
        hint: `Its status is ${status}: ask Scaleway's support.`,
        cause: refusal,
      });
    default:
      return move satisfies never;
  }
}
