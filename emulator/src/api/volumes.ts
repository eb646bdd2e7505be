import { randomUUID } from 'node:crypto';
import { type Call, count, fields, listed, param, text, texts } from '../call.ts';
import { invalid, preconditionFailed, type Reply } from '../errors.ts';
import { created, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import type { Volume } from '../world/types.ts';
import { projectOf } from './project.ts';
import { newVolume } from './server-create.ts';
import { volumeView } from './server-view.ts';

const VOLUMES = '/instance/v1/zones/:zone/volumes';
const VOLUME = `${VOLUMES}/:id`;

const find = (call: Call): Volume => call.world.volumes.get(call, param(call, 'id'));

/** /instance/v1/…/volumes: local volumes only; block volumes are 404 here and live in the block API. */
export const VOLUME_ROUTES = [
  route('GET', VOLUMES, (call) => {
    const type = call.query.get('volume_type');
    const volumes = listed(call, call.world.volumes.all()).filter((volume) => !type || volume.kind === type);
    return instanceList(
      call,
      'volumes',
      volumes.map((volume) => volumeView(call.world, volume)),
    );
  }),
  route('POST', VOLUMES, create),
  route('GET', VOLUME, (call) => ok({ volume: volumeView(call.world, find(call)) })),
  route('PATCH', VOLUME, (call) => {
    const volume = find(call);
    const body = fields(call);
    volume.name = text(body, 'name') ?? volume.name;
    volume.tags = texts(body, 'tags') ?? volume.tags;
    volume.size = count(body, 'size') ?? volume.size;
    volume.modifiedAt = call.world.clock.now();
    return ok({ volume: volumeView(call.world, volume) });
  }),
  route('DELETE', VOLUME, (call) => {
    const volume = find(call);
    if (volume.serverId !== null) throw preconditionFailed('a server is attached to this volume');
    call.world.volumes.remove(volume.id);
    return NO_CONTENT;
  }),
];

function create(call: Call): Reply {
  const body = fields(call);
  const kind = text(body, 'volume_type') ?? 'l_ssd';
  if (kind !== 'l_ssd' && kind !== 'scratch') throw invalid('volume_type', 'not a valid value');
  const base = text(body, 'base_snapshot');
  const snapshot = base === null ? null : call.world.snapshots.get(call, base);
  const size = count(body, 'size') ?? snapshot?.size ?? null;
  if (size === null) throw invalid('size', 'required key not provided', 'required');
  const volume = newVolume(call, {
    kind,
    name: text(body, 'name') ?? `vol-${randomUUID().slice(0, 8)}`,
    project: projectOf(call, body, 'project', 'compute_volumes'),
    size,
    parentSnapshotId: base,
    tags: texts(body, 'tags') ?? [],
  });
  call.world.volumes.add(volume);
  return created(call, 'volumes', 'volume', volume.id, volumeView(call.world, volume));
}
