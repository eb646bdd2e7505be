import { type Call, param } from '../call.ts';
import { imageId, LOCAL_IMAGES, type LocalImage, MARKETPLACE, versionId } from '../catalogue/images.ts';
import { SIZES } from '../catalogue/sizes.ts';
import { invalid, notFound } from '../errors.ts';
import { apiList, apiTime, ok } from '../house.ts';
import { route } from '../router.ts';

const BASE = '/marketplace/v2';
/** Images stay and their versions are renewed. */
const OFFERED = Date.UTC(2023, 6, 3, 9, 12, 44);
const PUBLISHED = Date.UTC(2026, 4, 12, 15, 20, 10);

type Facts = (typeof MARKETPLACE)[number];

/** /marketplace/v2: public images, their versions, and the local image of each in every zone. */
export const MARKETPLACE_ROUTES = [
  route('GET', `${BASE}/images`, (call) => {
    const withOld = call.query.get('include_eol') === 'true';
    const arch = call.query.get('arch');
    const category = call.query.get('category');
    const shown = MARKETPLACE.filter(
      (one) =>
        (withOld || !one.endOfLife) &&
        (!arch || one.archs.some((has) => has === arch)) &&
        (!category || one.categories.includes(category)),
    );
    return apiList(call, 'images', shown.map(imageView));
  }),
  route('GET', `${BASE}/images/:id`, (call) => ok(imageView(byId(param(call, 'id'))))),
  route('GET', `${BASE}/versions`, (call) => {
    const image = byId(call.query.get('image_id') ?? '');
    return apiList(call, 'versions', [versionView(image)]);
  }),
  route('GET', `${BASE}/local-images`, (call) => apiList(call, 'local_images', localImages(call).map(localView))),
  route('GET', `${BASE}/local-images/:id`, (call) => {
    const local = LOCAL_IMAGES.get(param(call, 'id'));
    if (!local) throw notFound('LocalImage', param(call, 'id'));
    return ok(localView(local));
  }),
];

function byId(id: string): Facts {
  const image = MARKETPLACE.find((one) => imageId(one.label) === id);
  if (!image) throw notFound('MarketplaceImage', id);
  return image;
}

function localImages(call: Call): LocalImage[] {
  const { query } = call;
  const label = wantedLabel(query);
  const zone = query.get('zone');
  const arch = query.get('arch');
  const type = query.get('type');
  const found = [...LOCAL_IMAGES.values()].filter(
    (local) =>
      local.label === label &&
      (!zone || local.zone === zone) &&
      (!arch || local.arch === arch) &&
      (!type || type === 'unknown_type' || local.type === type),
  );
  const sign = query.get('order_by') === 'type_desc' ? -1 : 1;
  return found.toSorted((a, b) => sign * a.type.localeCompare(b.type));
}

function wantedLabel(query: URLSearchParams): string {
  const label = query.get('image_label');
  if (label) {
    if (!MARKETPLACE.some((one) => one.label === label)) throw notFound('MarketplaceImage', label);
    return label;
  }
  const version = query.get('version_id');
  if (version) {
    const image = MARKETPLACE.find((one) => versionId(one.label) === version);
    if (!image) throw notFound('MarketplaceVersion', version);
    return image.label;
  }
  const id = query.get('image_id');
  if (!id) throw invalid('image_label', 'one of image_id, version_id, image_label is required', 'required');
  return byId(id).label;
}

const imageView = (image: Facts): object => ({
  id: imageId(image.label),
  name: image.name,
  label: image.label,
  description: image.description,
  logo: `https://marketplace-logos.s3.nl-ams.scw.cloud/${image.label}.png`,
  categories: image.categories,
  valid_until: image.endOfLife ? apiTime(PUBLISHED) : null,
  created_at: apiTime(OFFERED),
  updated_at: apiTime(PUBLISHED),
});

const versionView = (image: Facts): object => ({
  id: versionId(image.label),
  name: '2026-05-12T15:20:10.934226+00:00',
  created_at: apiTime(PUBLISHED),
  updated_at: apiTime(PUBLISHED),
  published_at: apiTime(PUBLISHED),
});

const localView = (local: LocalImage): object => ({
  id: local.id,
  arch: local.arch,
  zone: local.zone,
  compatible_commercial_types: SIZES.filter(
    (size) => size.arch === local.arch && (local.type === 'instance_sbs' || size.localGb > 0),
  ).map((size) => size.name),
  label: local.label,
  type: local.type,
});
