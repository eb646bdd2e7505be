import type { OwnerTag, ResourceRef } from '../../core/resource.ts';
import { assertProject } from './account.ts';
import { type Context, instancePath } from './context.ts';
import { orNull } from './errors.ts';
import { isOwnedBy, ownerOf, ownerTags } from './owner.ts';
import { type Server, ServerAnswer, ServerPage, TaskAnswer } from './schema.ts';

/** Scaleway's servers. Source: Instance v1 API, /servers. */
export interface Servers {
  get(id: string, zone: string | undefined, signal?: AbortSignal): Promise<Server | null>;
  /** Begins an action of the API. The task it answers is often a dummy: look at the server instead. */
  act(server: ServerRef, action: string, signal?: AbortSignal): Promise<void>;
  /** All of the project in one zone, or those that bear the owner's tags. */
  list(zone: string, owner: OwnerTag | null, signal?: AbortSignal): AsyncGenerator<Server>;
  /** By native id where known; else by tag, and of several the oldest. */
  find(ref: ResourceRef, signal?: AbortSignal): Promise<Server | null>;
}

export interface ServerRef {
  readonly id: string;
  readonly zone: string | undefined;
}

export function createServers(context: Context): Servers {
  const { client, config } = context;

  const get: Servers['get'] = async (id, zone, signal) => {
    const path = instancePath(context, zone, `/servers/${id}`);
    const found = await orNull(id, client.call({ method: 'GET', path, answer: ServerAnswer }, signal));
    return found?.server ?? null;
  };

  const list: Servers['list'] = async function* (zone, owner, signal) {
    const project = await context.account.project(signal);
    const path = instancePath(context, zone, '/servers');
    const found = client.list(
      {
        path,
        query: { project, order: 'creation_date_asc', tags: owner ? ownerTags(owner).join(',') : undefined },
        style: 'per_page',
        answer: ServerPage,
        page: ({ servers }) => ({ items: servers, total: null }),
        id: ({ id }) => id,
      },
      signal,
    );
    for await (const server of found) {
      assertProject(path, server.project, project);
      if (!owner || isOwnedBy(ownerOf(server.tags), owner)) yield server;
    }
  };

  return {
    get,
    list,
    async act({ id, zone }, action, signal) {
      const path = instancePath(context, zone, `/servers/${id}/action`);
      await client.call({ method: 'POST', path, json: { action }, answer: TaskAnswer }, signal);
    },
    async find(ref, signal) {
      if (ref.nativeId) return get(ref.nativeId, ref.location, signal);
      let oldest: Server | null = null;
      for (const zone of ref.location ? [ref.location] : config.zones) {
        for await (const server of list(zone, ref.owner, signal)) {
          if (!oldest || (server.creation_date ?? '') < (oldest.creation_date ?? '')) oldest = server;
        }
      }
      return oldest;
    },
  };
}
