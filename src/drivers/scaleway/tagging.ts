import type { TagControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import type { Instance } from '../../core/instance.ts';
import { type Context, instancePath } from './context.ts';
import { toInstance } from './instances.ts';
import { otherTags, ownerOf, ownerTags } from './owner.ts';
import { type Server, ServerAnswer } from './schema.ts';
import type { Servers } from './servers.ts';

export function createTagging(context: Context, servers: Servers): TagControl {
  /** Nothing is sent when they are there already. */
  async function put(server: Server, tags: readonly string[], signal?: AbortSignal): Promise<Instance> {
    if (tags.length === server.tags.length && tags.every((tag) => server.tags.includes(tag))) return toInstance(server);
    const path = instancePath(context, server.zone, `/servers/${server.id}`);
    const changed = await context.client.call({ method: 'PATCH', path, json: { tags }, answer: ServerAnswer }, signal);
    return toInstance(changed.server);
  }

  async function present(nativeId: string, location: string, signal?: AbortSignal): Promise<Server> {
    const server = await servers.get(nativeId, location, signal);
    if (server) return server;
    throw new SalternError('not_found', `server ${nativeId} is not there in ${location}`);
  }

  return {
    async add(nativeId, location, tags, signal) {
      const server = await present(nativeId, location, signal);
      return put(server, [...new Set([...server.tags, ...tags])], signal);
    },
    async mark(nativeId, location, owner, signal) {
      const server = await present(nativeId, location, signal);
      const other = ownerOf(server.tags);
      if (owner && other && other.installation !== owner.installation) {
        throw new SalternError('conflict', `server ${nativeId} belongs to the installation ${other.installation}`, {
          hint: 'Forget it there first, or take its `saltern:` tags away by hand.',
        });
      }
      return put(server, [...(owner ? ownerTags(owner) : []), ...otherTags(server.tags)], signal);
    },
  };
}
