import type { ResolvedRequest } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import type { InstanceRequest } from '../../core/instance.ts';
import { nearest } from '../../lib/nearest.ts';
import { type Config, type Options, ZONES } from './config.ts';
import type { BootImage, Images } from './images.ts';
import type { Product, Sizes } from './sizes.ts';

/** A size and the image that boots on it, with the storage its root volume will have. */
interface Match {
  readonly size: Product;
  readonly image: BootImage;
}

/**
 * Turns people's words into ids, and refuses what cannot work before anything is bought: image and size must agree on
 * architecture and storage, and the size must be in stock.
 */
export async function resolve(
  parts: { readonly config: Config; readonly images: Images; readonly sizes: Sizes },
  request: InstanceRequest,
  options: Options,
  signal?: AbortSignal,
): Promise<ResolvedRequest> {
  const zone = zoneOf(parts.config, request.location);
  const [named, sizes] = await Promise.all([
    parts.images.named(request.image, zone, signal),
    parts.sizes.inZone(zone, signal),
  ]);
  if (named.length === 0) throw unknownImage(request.image, zone, await parts.images.names(zone, signal));
  const images = named.filter((image) => allows(options, image));
  if (images.length === 0) {
    throw new SalternError(
      'invalid',
      `image ${request.image} cannot have a root volume of type ${options.root_volume?.type}`,
      {
        field: 'options.root_volume.type',
        hint: 'Leave `type` out to take what the image has.',
      },
    );
  }
  const match = request.size
    ? matchNamed(request.size, request.image, images, sizes, zone)
    : matchCheapest(request.image, images, sizes, zone);
  const { otherNames: _, ending: __, ...size } = match.size;
  const { storage, ...image } = match.image;
  const notes = [...(request.size ? [] : [chosen(match.size)]), ...apart(storage, options)];
  return { image, size, location: zone, notes };
}

function zoneOf({ zone, zones }: Config, wanted: string | undefined): string {
  if (!wanted) return zone;
  const found = zones.find((known) => known === wanted.toLowerCase());
  if (found) return found;
  const exists = ZONES.some(([id]) => id === wanted.toLowerCase());
  const near = nearest(wanted, exists ? zones : ZONES.map(([id]) => id));
  throw new SalternError('invalid', `zone ${wanted} is not one of the provider's: ${zones.join(', ')}`, {
    field: 'location',
    hint: exists
      ? `Add ${wanted} to \`zones\` of the provider, so that what is made there is also looked for there.`
      : `${near ? `Did you mean ${near}? ` : ''}Scaleway has ${ZONES.map(([id]) => id).join(', ')}.`,
  });
}

function allows(options: Options, image: BootImage): boolean {
  const type = options.root_volume?.type;
  return type === undefined || (type === 'l_ssd') === (image.storage === 'local');
}

/** A size by any of its names, without regard to case; `not_found` with the nearest. */
export function sizeNamed(name: string, sizes: readonly Product[], zone: string): Product {
  const wanted = name.toLowerCase();
  const size = sizes.find(({ id, otherNames }) => [id, ...otherNames].some((known) => known.toLowerCase() === wanted));
  if (size) return size;
  const near = nearest(
    name,
    sizes.map(({ id }) => id),
  );
  throw new SalternError('not_found', `size ${name} is not known in ${zone}`, {
    field: 'size',
    hint: `${near ? `Did you mean ${near}? ` : ''}\`saltern size list\` shows all.`,
  });
}

function matchNamed(
  name: string,
  imageName: string,
  images: readonly BootImage[],
  sizes: readonly Product[],
  zone: string,
): Match {
  const size = sizeNamed(name, sizes, zone);
  const image = bootableOn(size, images);
  if (!image) throw doNotFit(size, imageName, images, sizes);
  if (size.stock === 'none') {
    const other = cheapest(images, sizes)?.size.id;
    throw new SalternError('out_of_stock', `${size.id} is out of stock in ${zone}`, {
      field: 'size',
      hint: other ? `${other} is in stock and fits; or try another location.` : 'Try another location.',
    });
  }
  return { size, image };
}

function matchCheapest(
  imageName: string,
  images: readonly BootImage[],
  sizes: readonly Product[],
  zone: string,
): Match {
  const match = cheapest(images, sizes);
  if (match) return match;
  throw new SalternError('out_of_stock', `no size that image ${imageName} runs on is in stock in ${zone}`, {
    field: 'size',
    hint: 'Try another location or image.',
  });
}

/** x86_64 before ARM; a size without a known price is never chosen for somebody. */
function cheapest(images: readonly BootImage[], sizes: readonly Product[]): Match | null {
  const fitting = sizes
    .filter(({ stock, ending, price }) => (stock === 'available' || stock === 'scarce') && !ending && price !== null)
    .toSorted((a, b) => Number(b.arch === 'x86_64') - Number(a.arch === 'x86_64') || hourly(a) - hourly(b));
  for (const size of fitting) {
    const image = bootableOn(size, images);
    if (image) return { size, image };
  }
  return null;
}

function hourly(size: Product): number {
  return size.price?.hourly ?? Number.POSITIVE_INFINITY;
}

/** The image for a size. The disk that comes with a size is taken before block storage, which is billed apart. */
function bootableOn(size: Product, images: readonly BootImage[]): BootImage | null {
  const fitting = images.filter(
    (image) =>
      image.arch === size.arch &&
      (image.sizes?.includes(size.id) ?? true) &&
      (image.storage === 'block' || size.diskBytes > 0),
  );
  return fitting.find(({ storage }) => storage === 'local') ?? fitting[0] ?? null;
}

function doNotFit(
  size: Product,
  imageName: string,
  images: readonly BootImage[],
  sizes: readonly Product[],
): SalternError {
  const archs = [...new Set(images.map(({ arch }) => arch))];
  const why = archs.includes(size.arch)
    ? `image ${imageName} does not run on ${size.id}`
    : `${size.id} is ${size.arch}, image ${imageName} is there for ${archs.join(' and ')} only`;
  const others = sizes
    .filter((other) => other.stock !== 'none' && !other.ending && bootableOn(other, images))
    .toSorted((a, b) => hourly(a) - hourly(b))
    .slice(0, 3)
    .map(({ id }) => id);
  return new SalternError('invalid', why, {
    field: 'size',
    hint: others.length > 0 ? `It runs on ${others.join(', ')}.` : 'Choose another image.',
  });
}

function unknownImage(name: string, zone: string, names: readonly string[]): SalternError {
  const near = nearest(name, names) ?? likest(name, names);
  return new SalternError('not_found', `image ${name} is not known in ${zone}`, {
    field: 'image',
    hint: `${near ? `Did you mean ${near}? ` : ''}\`saltern image list\` shows all.`,
  });
}

/** For long display names: the one that shares most words ("Ubuntu Trusty (14.04 LTS)" and "Ubuntu 14.04 Trusty Tahr"). */
function likest(name: string, names: readonly string[]): string | null {
  const wanted = wordsOf(name);
  const shared = (candidate: string) => wordsOf(candidate).filter((word) => wanted.includes(word)).length;
  const best = names.toSorted((a, b) => shared(b) - shared(a))[0];
  return best && shared(best) > 0 ? best : null;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+|\d[\d.]*/g) ?? [];
}

function chosen(size: Product): string {
  const cost = size.price ? `${Number(size.price.hourly.toPrecision(2))} ${size.price.currency}/h` : 'no price known';
  return `no size given: ${size.id} chosen, ${cost}, the cheapest in stock that fits`;
}

/** What is billed apart and whose price the API does not tell. */
function apart(storage: BootImage['storage'], options: Options): string[] {
  const ipv4 = options.public_ip === 'dynamic' || options.public_ip === 'flexible';
  const things = [
    ...(storage === 'block' ? ['the root volume (block storage)'] : []),
    ...(ipv4 ? ['the public IPv4 address'] : []),
  ];
  return things.length === 0 ? [] : [`billed apart, price not told by the API: ${things.join(' and ')}`];
}
