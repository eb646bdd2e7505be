import type { Price } from '../core/catalog.ts';
import type { Instance } from '../core/instance.ts';
import { type Asked, NOTHING_ASKED } from '../core/machine.ts';
import type { OpenProvider } from '../core/ports.ts';
import type { Wish } from './wish.ts';

/**
 * What an instance that nobody made from a wish counts as asked for with: the words of the wish that it fulfils, so that no
 * drift is invented, and else what it really is, so that a plan tells the difference. Which deploy steps ran, nobody knows.
 */
export async function askedOfInstance(
  open: OpenProvider,
  wish: Wish | null,
  instance: Instance,
): Promise<{ asked: Asked; price: Price | null }> {
  if (!wish) return { asked: NOTHING_ASKED, price: null };
  const hasImage = wish.image === null || (await isImage(open, wish.image, instance));
  const hasSize = wish.size === null || (await isSize(open, wish, wish.size, instance));
  const image = hasImage ? wish.image : (instance.imageName ?? instance.image);
  const size = hasSize ? wish.size : instance.size;
  return { asked: { image, size, tags: wish.tags, deploy: null }, price: await priceOf(open, instance) };
}

/** By id, or by name: a renewed image has another id under the same name. */
async function isImage({ driver }: OpenProvider, words: string, { image, imageName, location }: Instance) {
  for await (const known of driver.images({ match: words, location })) {
    if (known.id === image || known.name === imageName) return true;
  }
  return false;
}

async function isSize({ driver, module }: OpenProvider, wish: Wish, words: string, { size, location }: Instance) {
  if (words.toLowerCase() === size.toLowerCase()) return true;
  if (wish.image === null) return false;
  const request = { image: wish.image, size: words, location };
  const resolved = await driver.resolve(request, module.Options.parse(wish.options)).catch(() => null);
  return resolved?.size.id === size;
}

async function priceOf({ driver }: OpenProvider, { size, location }: Instance): Promise<Price | null> {
  for await (const known of driver.sizes({ location })) if (known.id === size) return known.price;
  return null;
}
