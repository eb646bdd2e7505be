import { randomUUID } from 'node:crypto';
import { type Call, fields, listed, param, text, texts } from '../call.ts';
import { invalid, type Reply } from '../errors.ts';
import { created, fakeTask, instanceList, instanceTime, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { Snapshot } from '../world/types.ts';
import { projectOf } from './project.ts';

const SNAPSHOTS = '/instance/v1/zones/:zone/snapshots';
const SNAPSHOT = `${SNAPSHOTS}/:id`;

const find = (call: Call): Snapshot => call.world.snapshots.get(call, param(call, 'id'));

/** /instance/v1/…/snapshots: of local volumes. */
export const SNAPSHOT_ROUTES = [
  route('GET', SNAPSHOTS, (call) => {
    const base = call.query.get('base_volume_id');
    const snapshots = listed(call, call.world.snapshots.all()).filter((one) => !base || one.volumeId === base);
    return instanceList(
      call,
      'snapshots',
      snapshots.map((snapshot) => view(call, snapshot)),
    );
  }),
  route('POST', SNAPSHOTS, create),
  route('GET', SNAPSHOT, (call) => ok({ snapshot: view(call, find(call)) })),
  route('PATCH', SNAPSHOT, (call) => {
    const snapshot = find(call);
    const body = fields(call);
    snapshot.name = text(body, 'name') ?? snapshot.name;
    snapshot.tags = texts(body, 'tags') ?? snapshot.tags;
    return ok({ snapshot: view(call, snapshot) });
  }),
  route('DELETE', SNAPSHOT, (call) => {
    call.world.snapshots.remove(find(call).id);
    return NO_CONTENT;
  }),
];

function create(call: Call): Reply {
  const body = fields(call);
  const volumeId = text(body, 'volume_id');
  if (volumeId === null && text(body, 'bucket') === null) {
    throw invalid('volume_id', 'required key not provided', 'required');
  }
  const volume = volumeId === null ? null : call.world.volumes.get(call, volumeId);
  const project = projectOf(call, body, 'project', 'compute_snapshots');
  const snapshot = call.world.snapshots.add({
    ...born(call, text(body, 'name') ?? `snp-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    kind: 'l_ssd',
    size: volume?.size ?? 0,
    volumeId,
    volumeName: volume?.name ?? '',
  });
  const task = fakeTask(call, `/snapshots`, `/snapshots/${snapshot.id}`);
  return created(call, 'snapshots', 'snapshot', snapshot.id, view(call, snapshot), { task });
}

const view = (call: Call, snapshot: Snapshot): object => ({
  id: snapshot.id,
  name: snapshot.name,
  volume_type: snapshot.kind,
  creation_date: instanceTime(snapshot.createdAt),
  modification_date: instanceTime(snapshot.modifiedAt),
  organization: call.world.organization,
  project: snapshot.project,
  size: snapshot.size,
  state: 'available',
  base_volume: snapshot.volumeId === null ? null : { id: snapshot.volumeId, name: snapshot.volumeName },
  tags: snapshot.tags,
  zone: snapshot.place,
  error_details: null,
});
