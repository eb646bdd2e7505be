import { randomUUID } from 'node:crypto';
import { type Call, count, fields, listed, param, section, text, texts } from '../call.ts';
import { invalid, type Reply, stillInUse } from '../errors.ts';
import { apiList, apiTime, NO_CONTENT, ok } from '../house.ts';
import { type Route, route } from '../router.ts';
import { born } from '../world/store.ts';
import type { Snapshot, Volume } from '../world/types.ts';
import { projectOf } from './project.ts';
import { newVolume } from './server-create.ts';

const find = (call: Call): Volume => call.world.blockVolumes.get(call, param(call, 'id'));
const findSnapshot = (call: Call): Snapshot => call.world.blockSnapshots.get(call, param(call, 'id'));

/** /block: SBS volumes and snapshots. v1alpha1 is still asked by older clients and answers alike. */
export const BLOCK_ROUTES = ['v1', 'v1alpha1'].flatMap(blockRoutes);

function blockRoutes(version: string): Route[] {
  const volumes = `/block/${version}/zones/:zone/volumes`;
  const snapshots = `/block/${version}/zones/:zone/snapshots`;
  return [
    route('GET', volumes, (call) =>
      apiList(
        call,
        'volumes',
        listed(call, call.world.blockVolumes.all()).map((volume) => view(call, volume)),
      ),
    ),
    route('POST', volumes, create),
    route('GET', `${volumes}/:id`, (call) => ok(view(call, find(call)))),
    route('PATCH', `${volumes}/:id`, update),
    route('DELETE', `${volumes}/:id`, remove),
    route('GET', `${volumes.replace('volumes', 'volume-types')}`, (call) =>
      apiList(call, 'volume_types', VOLUME_TYPES),
    ),
    route('GET', snapshots, (call) => {
      const volumeId = call.query.get('volume_id');
      const found = listed(call, call.world.blockSnapshots.all()).filter(
        (one) => !volumeId || one.volumeId === volumeId,
      );
      return apiList(
        call,
        'snapshots',
        found.map((snapshot) => snapshotView(call, snapshot)),
      );
    }),
    route('POST', snapshots, createSnapshot),
    route('GET', `${snapshots}/:id`, (call) => ok(snapshotView(call, findSnapshot(call)))),
    route('DELETE', `${snapshots}/:id`, (call) => {
      call.world.blockSnapshots.remove(findSnapshot(call).id);
      return NO_CONTENT;
    }),
  ];
}

const VOLUME_TYPES = [5_000, 15_000].map((iops) => ({
  type: `sbs_${iops / 1_000}k`,
  specs: { perf_iops: iops, class: 'sbs' },
}));

function create(call: Call): Reply {
  const body = fields(call);
  const snapshotId = text(section(body, 'from_snapshot'), 'snapshot_id');
  const snapshot = snapshotId === null ? null : call.world.blockSnapshots.get(call, snapshotId);
  const size = count(section(body, 'from_empty'), 'size') ?? snapshot?.size ?? null;
  if (size === null) throw invalid('from_empty', 'required key not provided', 'required');
  const volume = newVolume(call, {
    kind: 'sbs_volume',
    name: text(body, 'name') || `vol-${randomUUID().slice(0, 8)}`,
    project: projectOf(call, body, 'project_id', 'volume'),
    size,
    iops: count(body, 'perf_iops') ?? 5_000,
    parentSnapshotId: snapshotId,
    tags: texts(body, 'tags') ?? [],
  });
  return ok({ ...view(call, call.world.blockVolumes.add(volume)), status: 'creating' });
}

function update(call: Call): Reply {
  const volume = find(call);
  const body = fields(call);
  volume.name = text(body, 'name') ?? volume.name;
  volume.size = count(body, 'size') ?? volume.size;
  volume.iops = count(body, 'perf_iops') ?? volume.iops;
  volume.tags = texts(body, 'tags') ?? volume.tags;
  volume.modifiedAt = call.world.clock.now();
  return ok(view(call, volume));
}

function remove(call: Call): Reply {
  const volume = find(call);
  if (user(call, volume)) throw stillInUse('resource is still in use');
  call.world.blockVolumes.remove(volume.id);
  return NO_CONTENT;
}

function createSnapshot(call: Call): Reply {
  const body = fields(call);
  const volume = call.world.blockVolumes.get(call, text(body, 'volume_id') ?? '');
  const project = projectOf(call, body, 'project_id', 'snapshot');
  const snapshot = call.world.blockSnapshots.add({
    ...born(call, text(body, 'name') || `snp-${randomUUID().slice(0, 8)}`, project, texts(body, 'tags') ?? []),
    kind: 'sbs',
    size: volume.size,
    volumeId: volume.id,
    volumeName: volume.name,
  });
  return ok({ ...snapshotView(call, snapshot), status: 'creating' });
}

const volumeType = (volume: Volume): string => `sbs_${volume.iops / 1_000}k`;
const status = (call: Call, volume: Volume): string => (user(call, volume) ? 'in_use' : 'available');

/** The server that holds the volume, or still does while it is being detached. */
function user(call: Call, volume: Volume): { id: string; status: string } | null {
  if (volume.serverId !== null) return { id: volume.serverId, status: 'attached' };
  const { leaving } = volume;
  return leaving && leaving.until > call.world.clock.now() ? { id: leaving.serverId, status: 'detaching' } : null;
}

function view(call: Call, volume: Volume): object {
  const holder = user(call, volume);
  const reference = holder && {
    id: volume.referenceId,
    product_resource_type: 'instance_server',
    product_resource_id: holder.id,
    created_at: apiTime(volume.createdAt),
    type: 'exclusive',
    status: holder.status,
  };
  return {
    id: volume.id,
    name: volume.name,
    type: volumeType(volume),
    size: volume.size,
    project_id: volume.project,
    created_at: apiTime(volume.createdAt),
    updated_at: apiTime(volume.modifiedAt),
    references: reference ? [reference] : [],
    parent_snapshot_id: volume.parentSnapshotId,
    status: status(call, volume),
    tags: volume.tags,
    specs: { perf_iops: volume.iops, class: 'sbs' },
    last_detached_at: volume.lastDetachedAt === null ? null : apiTime(volume.lastDetachedAt),
    kms_key_id: null,
    zone: volume.place,
  };
}

function snapshotView(call: Call, snapshot: Snapshot): object {
  const parent = call.world.blockVolumes.peek(snapshot.volumeId);
  return {
    id: snapshot.id,
    name: snapshot.name,
    class: 'sbs',
    size: snapshot.size,
    public: false,
    project_id: snapshot.project,
    created_at: apiTime(snapshot.createdAt),
    updated_at: apiTime(snapshot.modifiedAt),
    parent_volume: parent && {
      id: parent.id,
      name: parent.name,
      type: volumeType(parent),
      status: status(call, parent),
    },
    references: [],
    status: 'available',
    tags: snapshot.tags,
    zone: snapshot.place,
  };
}
