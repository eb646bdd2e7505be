import type { TagControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import { type Context, instancePath } from './context.ts';
import { toInstance } from './instances.ts';
import { otherTags, ownerOf, ownerTags } from './owner.ts';
import { ServerAnswer } from './schema.ts';
import type { Servers } from './servers.ts';

export function createTagging(context: Context, servers: Servers): TagControl {
  return {
    async mark(nativeId, location, owner, signal) {
      const server = await servers.get(nativeId, location, signal);
      if (!server) throw new SalternError('not_found', `server ${nativeId} is not there in ${location}`);
      const present = ownerOf(server.tags);
      if (owner && present && present.installation !== owner.installation) {
        throw new SalternError('conflict', `server ${nativeId} belongs to the installation ${present.installation}`, {
          hint: 'Forget it there first, or take its `saltern:` tags away by hand.',
        });
      }
      const tags = [...(owner ? ownerTags(owner) : []), ...otherTags(server.tags)];
      if (tags.length === server.tags.length && tags.every((tag) => server.tags.includes(tag)))
        return toInstance(server);
      const path = instancePath(context, location, `/servers/${nativeId}`);
      const changed = await context.client.call(
        { method: 'PATCH', path, json: { tags }, answer: ServerAnswer },
        signal,
      );
      return toInstance(changed.server);
    },
  };
}
