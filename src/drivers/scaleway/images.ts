import type { Image, ImageQuery } from '../../core/catalog.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Context, instancePath } from './context.ts';
import { orNull } from './errors.ts';
import { createMemo } from './memo.ts';
import type { MarketplaceImage, OwnImage } from './schema.ts';
import { LocalImage, LocalImagePage, MarketplacePage, OwnImageAnswer, OwnImagePage } from './schema.ts';
import { toArch } from './sizes.ts';

/** An image with the kind of root volume that a machine made from it gets. */
export interface BootImage extends Image {
  readonly storage: 'local' | 'block';
}

export interface Images {
  /** What an id, a label or a display name stands for in a zone; one entry per architecture and kind of storage. */
  named(name: string, zone: string, signal?: AbortSignal): Promise<readonly BootImage[]>;
  /** Every label and name that would be understood. */
  names(zone: string, signal?: AbortSignal): Promise<readonly string[]>;
  list(query: ImageQuery, signal?: AbortSignal): AsyncGenerator<Image>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function createImages(context: Context, clock: Clock): Images {
  const memo = createMemo(clock, 60_000);
  const market = (signal?: AbortSignal) => memo.get('market', () => loadMarket(context), signal);
  const own = (zone: string, signal?: AbortSignal) => memo.get(`own ${zone}`, () => loadOwn(context, zone), signal);
  // The API lists local images by label only.
  const local = (zone: string, image: MarketplaceImage, signal?: AbortSignal) =>
    memo.get(`local ${zone} ${image.label}`, () => loadLocal(context, zone, image), signal);

  const named: Images['named'] = async (name, zone, signal) => {
    if (UUID.test(name)) {
      const id = name.toLowerCase();
      return memo.get(`id ${zone} ${id}`, () => byId(context, zone, id, market), signal);
    }
    const wanted = folded(name);
    const known = (await market(signal)).find(({ label, name }) => folded(label) === wanted || folded(name) === wanted);
    if (known) return local(zone, known, signal);
    return newestOfName((await own(zone, signal)).filter((image) => folded(image.name) === wanted).flatMap(fromOwn));
  };

  const current = async (signal?: AbortSignal) =>
    (await market(signal)).filter(({ valid_until: end }) => !end || Date.parse(end) > clock.now());

  const everything = async (zone: string, signal?: AbortSignal) => {
    const publics = (await current(signal)).map((image) => local(zone, image, signal));
    return [...(await Promise.all(publics)).flat(), ...(await own(zone, signal)).flatMap(fromOwn)];
  };

  return {
    named,
    async names(zone, signal) {
      const [publics, owns] = await Promise.all([current(signal), own(zone, signal)]);
      return [...publics.flatMap(({ label, name }) => [label, name]), ...owns.map(({ name }) => name)];
    },
    async *list(query, signal) {
      for (const zone of query.location ? [query.location] : context.config.zones) {
        const all = query.match ? await named(query.match, zone, signal) : await everything(zone, signal);
        for (const { storage: _, ...image } of all) if (!query.arch || image.arch === query.arch) yield image;
      }
    },
  };
}

/** Labels are written with `_`, people write `-` and capitals. */
function folded(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, ' ');
}

/** A marketplace image's id is a local one's; any other is an image of the Instance API, own or public. */
async function byId(
  context: Context,
  zone: string,
  id: string,
  market: () => Promise<readonly MarketplaceImage[]>,
): Promise<BootImage[]> {
  const path = `/marketplace/v2/local-images/${id}`;
  const local = await orNull(id, context.client.call({ method: 'GET', path, answer: LocalImage }));
  if (local) {
    const image = (await market()).find(({ label }) => label === local.label);
    return local.zone === zone ? fromLocal(local, image ?? { name: local.label }) : [];
  }
  const instance = instancePath(context, zone, `/images/${id}`);
  const own = await orNull(id, context.client.call({ method: 'GET', path: instance, answer: OwnImageAnswer }));
  return own ? fromOwn(own.image) : [];
}

function loadMarket(context: Context): Promise<MarketplaceImage[]> {
  return context.client.all({
    path: '/marketplace/v2/images',
    query: { include_eol: 'true' },
    style: 'page_size',
    answer: MarketplacePage,
    page: ({ images, total_count }) => ({ items: images, total: total_count }),
    id: ({ id }) => id,
  });
}

async function loadLocal(context: Context, zone: string, image: MarketplaceImage): Promise<BootImage[]> {
  const images = await context.client.all({
    path: '/marketplace/v2/local-images',
    query: { image_label: image.label, zone, order_by: 'type_asc' },
    style: 'page_size',
    answer: LocalImagePage,
    page: ({ local_images, total_count }) => ({ items: local_images, total: total_count }),
    id: ({ id }) => id,
  });
  return images.flatMap((local) => fromLocal(local, image));
}

async function loadOwn(context: Context, zone: string): Promise<OwnImage[]> {
  const project = await context.account.project();
  const images = await context.client.all({
    path: instancePath(context, zone, '/images'),
    query: { project, public: 'false' },
    style: 'per_page',
    answer: OwnImagePage,
    page: ({ images }) => ({ items: images, total: null }),
    id: ({ id }) => id,
  });
  return images.filter((image) => !image.public && image.project === project);
}

/** The marketplace tells when an image was first there and last renewed; of each zone's copy nothing is told. */
type Published = Pick<MarketplaceImage, 'name'> & Partial<MarketplaceImage>;

function fromLocal(local: LocalImage, { name, created_at: created, updated_at: updated }: Published): BootImage[] {
  const arch = toArch(local.arch);
  const storage = ({ instance_local: 'local', instance_sbs: 'block' } as const)[local.type];
  if (!arch || !storage) return [];
  return [
    {
      id: local.id,
      name,
      label: local.label,
      arch,
      location: local.zone,
      source: 'public',
      sizes: local.compatible_commercial_types,
      storage,
      ...(created && { createdAt: created }),
      extra: { type: local.type, ...(updated && { modification_date: updated }) },
    },
  ];
}

function fromOwn(own: OwnImage): BootImage[] {
  const arch = toArch(own.arch);
  if (!arch) return [];
  return [
    {
      id: own.id,
      name: own.name,
      arch,
      location: own.zone,
      source: own.public ? 'public' : 'own',
      ...(own.creation_date && { createdAt: own.creation_date }),
      storage: own.root_volume?.volume_type === 'l_ssd' ? 'local' : 'block',
      extra: {
        root_volume: own.root_volume?.volume_type ?? null,
        ...(own.modification_date && { modification_date: own.modification_date }),
      },
    },
  ];
}

/** Own images may share a name: the newest of each architecture counts. */
function newestOfName(images: readonly BootImage[]): BootImage[] {
  const newestFirst = images.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
  return newestFirst.filter((image, i) => newestFirst.findIndex(({ arch }) => arch === image.arch) === i);
}
