import { z } from 'zod';
import type { OpenProvider } from '../core/ports.ts';
import type { ApiContext } from './context.ts';
import { theProvider } from './lookup.ts';
import { Arch } from './schemas.ts';

/** What lists of a backend share: whose, and what of it. */
export const catalogParams = z.object({ provider: z.string().describe('Name or id.') });

export const CatalogQuery = z.strictObject({ location: z.string().optional(), arch: Arch.optional() });

/** The provider named in a path, opened. */
export async function openProvider(context: ApiContext, nameOrId: string): Promise<OpenProvider> {
  const { ports } = context.world;
  return ports.provider((await theProvider(ports.store, nameOrId)).id);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
