import { SalternError } from '../../core/error.ts';
import type { OwnerTag, ResourceKind, ResourceRef, SeenResource } from '../../core/resource.ts';
import { assertProject } from './account.ts';
import { Nothing } from './client.ts';
import { blockPath, type Context, instancePath } from './context.ts';
import { orNull } from './errors.ts';
import { isOwnedBy, ownerOf, volumeOwner } from './owner.ts';
import { BlockVolume, BlockVolumePage, VolumeAnswer, VolumePage } from './schema.ts';

/** What local and block volumes have in common, whatever their API calls it. */
interface AnyVolume {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly tags: readonly string[];
  readonly zone: string;
}

/** The API that one kind of volume lives in. */
interface VolumeApi {
  readonly kind: string;
  path(zone: string | undefined, id?: string): string;
  get(path: string, signal?: AbortSignal): Promise<AnyVolume>;
  list(path: string, project: string, signal?: AbortSignal): AsyncIterable<AnyVolume>;
}

/** Disks inside the hypervisor. `terminate` takes them along; deleting a stopped machine leaves them. */
export function createVolumes(context: Context): ResourceKind<never> {
  const { client } = context;
  return volumeKind(context, {
    kind: 'volume',
    path: (zone, id) => instancePath(context, zone, id ? `/volumes/${id}` : '/volumes'),
    get: async (path, signal) => (await client.call({ method: 'GET', path, answer: VolumeAnswer }, signal)).volume,
    list: (path, project, signal) =>
      client.list(
        {
          path,
          query: { project },
          style: 'per_page',
          answer: VolumePage,
          page: ({ volumes }) => ({ items: volumes, total: null }),
          id: ({ id }) => id,
        },
        signal,
      ),
  });
}

/** Block storage (SBS): always survives its machine, and can only be deleted once it is detached. */
export function createBlockVolumes(context: Context): ResourceKind<never> {
  const { client } = context;
  const common = (volume: BlockVolume): AnyVolume => ({ ...volume, project: volume.project_id });
  return volumeKind(context, {
    kind: 'block-volume',
    path: (zone, id) => blockPath(context, zone, id ? `/volumes/${id}` : '/volumes'),
    get: async (path, signal) => common(await client.call({ method: 'GET', path, answer: BlockVolume }, signal)),
    list: (path, project, signal) =>
      client.list(
        {
          path,
          query: { project_id: project },
          style: 'page_size',
          answer: BlockVolumePage,
          page: ({ volumes, total_count }) => ({ items: volumes.map(common), total: total_count }),
          id: ({ id }) => id,
        },
        signal,
      ),
  });
}

/**
 * Volumes are made by the request that makes their machine, never alone: there is nothing to ensure. They are known by the
 * name that request gave them, because it cannot tag them; all of the project are read, as name filters differ by API.
 */
function volumeKind(context: Context, api: VolumeApi): ResourceKind<never> {
  async function* ours(owner: OwnerTag, zones: readonly string[], signal?: AbortSignal): AsyncGenerator<SeenResource> {
    const project = await context.account.project(signal);
    for (const zone of zones) {
      const path = api.path(zone);
      for await (const volume of api.list(path, project, signal)) {
        assertProject(path, volume.project, project);
        if (isOwnedBy(seen(volume).owner, owner)) yield seen(volume);
      }
    }
  }

  async function find(ref: ResourceRef, signal?: AbortSignal): Promise<SeenResource | null> {
    if (ref.nativeId) {
      const volume = await orNull(ref.nativeId, api.get(api.path(ref.location, ref.nativeId), signal));
      return volume && seen(volume);
    }
    for await (const volume of ours(ref.owner, ref.location ? [ref.location] : context.config.zones, signal))
      return volume;
    return null;
  }

  return {
    kind: api.kind,
    marker: 'name',
    settleMs: 60_000,
    find,
    async ensure(_spec, ref, signal) {
      const volume = await find(ref, signal);
      if (volume) return volume;
      throw new SalternError(
        'not_found',
        `${api.kind} ${ref.name} is gone, and is only made together with its machine`,
      );
    },
    async destroy(ref, signal) {
      const { nativeId: id, location } = ref.nativeId ? ref : ((await find(ref, signal)) ?? {});
      if (!id) return;
      const path = api.path(location, id);
      try {
        await orNull(id, context.client.call({ method: 'DELETE', path, answer: Nothing }, signal));
      } catch (error) {
        throw stillAttached(error);
      }
    },
    list: (owner, signal) => ours(owner, context.config.zones, signal),
  };
}

/** A volume whose machine is going stays in use for some seconds more. */
function stillAttached(error: unknown): unknown {
  if (!(error instanceof SalternError) || error.code !== 'conflict' || error.retryable) return error;
  return new SalternError('conflict', error.message, { requestId: error.requestId, retry: true, cause: error });
}

function seen(volume: AnyVolume): SeenResource {
  const { id, name, zone, tags } = volume;
  return { nativeId: id, name, location: zone, owner: ownerOf(tags) ?? volumeOwner(name) };
}
