import { randomUUID } from 'node:crypto';
import { type Call, type Fields, fields, flag, isFields, listed, param, section, text, texts } from '../call.ts';
import { LOCAL_IMAGES, publicImage } from '../catalogue/images.ts';
import { invalid, notFound, permissionsDenied, type Reply } from '../errors.ts';
import { created, instanceList, NO_CONTENT, ok } from '../house.ts';
import { route } from '../router.ts';
import { born } from '../world/store.ts';
import type { Arch, Image, SnapshotRef } from '../world/types.ts';
import { projectOf } from './project.ts';
import { imageView } from './server-view.ts';

const IMAGES = '/instance/v1/zones/:zone/images';
const IMAGE = `${IMAGES}/:id`;

/** /instance/v1/…/images: the user's own, and by id (or with public=true) those of the marketplace. */
export const IMAGE_ROUTES = [
  route('GET', IMAGES, list),
  route('POST', IMAGES, create),
  route('GET', IMAGE, (call) => ok({ image: imageView(find(call)) })),
  route('PATCH', IMAGE, update),
  route('PUT', IMAGE, update),
  route('DELETE', IMAGE, (call) => {
    call.world.images.remove(findOwn(call).id);
    return NO_CONTENT;
  }),
];

function find(call: Call): Image {
  const image = call.world.image(param(call, 'id'), param(call, 'zone'));
  return image?.isPublic ? image : call.world.images.get(call, param(call, 'id'));
}

function findOwn(call: Call): Image {
  const image = find(call);
  if (LOCAL_IMAGES.has(image.id)) throw permissionsDenied('write', 'compute_images');
  return image;
}

function list(call: Call): Reply {
  const arch = call.query.get('arch');
  const onlyPublic = call.query.get('public') === 'true';
  const zone = param(call, 'zone');
  const offered = onlyPublic ? [...LOCAL_IMAGES.values()].filter((local) => local.zone === zone).map(publicImage) : [];
  const images = listed(call, [...call.world.images.all(), ...offered]).filter(
    (image) => (!arch || image.arch === arch) && (!onlyPublic || image.isPublic),
  );
  return instanceList(call, 'images', images.map(imageView));
}

function create(call: Call): Reply {
  const body = fields(call);
  const rootId = text(body, 'root_volume');
  if (rootId === null) throw invalid('root_volume', 'required key not provided', 'required');
  const image = call.world.images.add({
    ...born(
      call,
      text(body, 'name') ?? `img-${randomUUID().slice(0, 8)}`,
      projectOf(call, body, 'project', 'compute_images'),
      texts(body, 'tags') ?? [],
    ),
    organization: call.world.organization,
    label: '',
    arch: archOf(body) ?? 'x86_64',
    isPublic: flag(body, 'public') ?? false,
    rootVolume: snapshotRef(call, rootId),
    extraVolumes: extraVolumes(call, body),
    fromServer: '',
  });
  return created(call, 'images', 'image', image.id, imageView(image));
}

function update(call: Call): Reply {
  const image = findOwn(call);
  const body = fields(call);
  image.name = text(body, 'name') ?? image.name;
  image.arch = archOf(body) ?? image.arch;
  image.isPublic = flag(body, 'public') ?? image.isPublic;
  image.tags = texts(body, 'tags') ?? image.tags;
  if (isFields(body['extra_volumes'])) image.extraVolumes = extraVolumes(call, body);
  image.modifiedAt = call.world.clock.now();
  return ok({ image: imageView(image) });
}

function archOf(body: Fields): Arch | null {
  const arch = text(body, 'arch');
  if (arch === null || arch === 'x86_64' || arch === 'arm64') return arch;
  throw invalid('arch', 'not a valid value');
}

const extraVolumes = (call: Call, body: Fields): Record<string, SnapshotRef> =>
  Object.fromEntries(
    Object.entries(section(body, 'extra_volumes')).map(([slot, of]) => [
      slot,
      snapshotRef(call, (isFields(of) && text(of, 'id')) || ''),
    ]),
  );

/** A snapshot that an image is made of: local ones belong to the instance API, others to the block API. */
function snapshotRef(call: Call, id: string): SnapshotRef {
  const local = call.world.snapshots.peek(id);
  if (local) return { id, name: local.name, volume_type: 'l_ssd', size: local.size };
  const block = call.world.blockSnapshots.peek(id);
  if (!block) throw notFound('instance_snapshot', id);
  return { id, name: block.name, volume_type: 'sbs_snapshot', size: 0 };
}
