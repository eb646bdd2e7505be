import type { Call } from '../call.ts';
import { invalid, outOfStock, preconditionFailed } from '../errors.ts';
import type { Server } from '../world/types.ts';
import { sizeOf } from './server-create.ts';

/**
 * PATCH commercial_type. What the Instance v1 API document says of it: only while `stopped`, not in a placement group, and
 * the local volumes must fit the new type. Refused before anything is changed.
 */
export function resizeServer(call: Call, server: Server, type: string): void {
  const { world } = call;
  const size = sizeOf(call, type);
  if (server.commercialType === size.name) return;
  if (server.state !== 'stopped') throw preconditionFailed('server should be stopped');
  if (server.placementGroupId !== null) throw preconditionFailed('server should not be in a placement group');
  if (size.arch !== server.arch) {
    throw invalid('commercial_type', `architecture of ${size.name} is ${size.arch}, of the server ${server.arch}`);
  }
  const volumes = [...server.volumes.values()].map((id) => world.volume(id));
  const local = volumes.reduce((sum, volume) => sum + (volume?.kind === 'l_ssd' ? volume.size : 0), 0);
  if (local > size.localGb * 1e9) {
    throw invalid(
      'volumes',
      `the total size of local volumes is ${local}, ${size.name} takes at most ${size.localGb * 1e9}`,
    );
  }
  if (world.availability(size.name, server.place) === 'shortage') throw outOfStock(size.name);
  server.commercialType = size.name;
}
