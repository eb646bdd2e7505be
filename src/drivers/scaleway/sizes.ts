import type { Arch, CatalogQuery, Price, Size } from '../../core/catalog.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Context, instancePath } from './context.ts';
import { createMemo } from './memo.ts';
import { AvailabilityPage, ProductPage } from './schema.ts';

/** A size with what only this driver needs to know of it. */
export interface Product extends Size {
  readonly otherNames: readonly string[];
  /** Sold no more to those who do not have it. */
  readonly ending: boolean;
}

export interface Sizes {
  /** All sizes of a zone with price and stock, remembered for a minute. */
  inZone(zone: string, signal?: AbortSignal): Promise<readonly Product[]>;
  list(query: CatalogQuery, signal?: AbortSignal): AsyncGenerator<Size>;
}

const STOCK: Readonly<Record<string, Size['stock']>> = { available: 'available', scarce: 'scarce', shortage: 'none' };

export function createSizes(context: Context, clock: Clock): Sizes {
  const memo = createMemo(clock, 60_000);
  const inZone = (zone: string, signal?: AbortSignal) =>
    memo.get(zone, () => load(context, zone, new Date(clock.now()).toISOString().slice(0, 10)), signal);
  return {
    inZone,
    async *list(query, signal) {
      for (const zone of query.location ? [query.location] : context.config.zones) {
        for (const { otherNames: _, ending: __, ...size } of await inZone(zone, signal)) {
          if (!query.arch || size.arch === query.arch) yield size;
        }
      }
    },
  };
}

/** Null for what the API calls `unknown_arch`: nothing can be made of it. */
export function toArch(text: string): Arch | null {
  return text === 'x86_64' || text === 'arm64' || text === 'arm' ? text : null;
}

async function load(context: Context, zone: string, today: string): Promise<Product[]> {
  const [products, stock] = await Promise.all([loadProducts(context, zone), loadStock(context, zone)]);
  return products.flatMap(([id, product]) => {
    const arch = toArch(product.arch);
    if (!arch) return [];
    return {
      id,
      arch,
      cpus: product.ncpus,
      memoryBytes: product.ram,
      diskBytes: product.volumes_constraint?.max_size ?? 0,
      location: zone,
      price: priceOf(product.hourly_price, product.monthly_price, today),
      stock: STOCK[stock.get(id) ?? ''] ?? 'unknown',
      otherNames: product.alt_names,
      ending: product.end_of_service,
    };
  });
}

function loadProducts(context: Context, zone: string) {
  return context.client.all({
    path: instancePath(context, zone, '/products/servers'),
    style: 'per_page',
    answer: ProductPage,
    page: ({ servers }) => ({ items: Object.entries(servers), total: null }),
    id: ([id]) => id,
  });
}

async function loadStock(context: Context, zone: string): Promise<Map<string, string>> {
  const entries = context.client.list({
    path: instancePath(context, zone, '/products/servers/availability'),
    style: 'per_page',
    answer: AvailabilityPage,
    page: ({ servers }) => ({ items: Object.entries(servers), total: null }),
    id: ([id]) => id,
  });
  const stock = new Map<string, string>();
  for await (const [id, { availability }] of entries) stock.set(id, availability);
  return stock;
}

function priceOf(hourly: number | null | undefined, monthly: number | null | undefined, asOf: string): Price | null {
  if (!hourly) return null;
  return { currency: 'EUR', hourly, monthly: monthly ?? hourly * 730, asOf };
}
