import type { Client } from '../../../client/client.ts';
import { ApiError } from '../../../client/error.ts';
import { EXIT_CODES, type Image, type Location, type Size } from '../../../client/generated.ts';
import type { Bundle } from '../../../config/bundle.ts';
import { CliError } from '../../base/errors.ts';
import { type FleetProvider, lookUp, openFleet, providersOf, readFiles } from './fleet.ts';
import type { Data, DataMap } from './output/data.ts';
import type { Command, Session } from './session.ts';
import { Tree } from './tree.ts';

/** What a provider offers, by the name of Salt's function. */
export const AVAILABLE = {
  avail_images: imagesOf,
  avail_sizes: sizesOf,
  avail_locations: locationsOf,
} as const satisfies Record<string, (ask: Ask) => Promise<Data>>;

export interface Ask {
  readonly client: Client;
  readonly bundle: Bundle;
  readonly provider: FleetProvider;
  readonly location: string | null;
}

export const listImages: Command = (session) => list(session, 'listImages', 'images', imagesOf);
export const listSizes: Command = (session) => list(session, 'listSizes', 'sizes', sizesOf);
export const listLocations: Command = (session) => list(session, 'listLocations', 'locations', locationsOf);

export const listProviders: Command = async (session) => {
  if (session.parsed.words.length > 0) {
    const { UsageError } = await import('./parse.ts');
    throw new UsageError("'--list-providers' does not accept any arguments");
  }
  const providers = providersOf(await readFiles(session));
  const tree = new Tree();
  for (const provider of lookUp(providers, 'all', 'There was an error listing providers')) tree.put(provider, {});
  return { data: tree.data(), code: 0 };
};

/** `{profile: {alias: {}}}`, for a driver's name `{profile: {driver: {}}}`. */
export const listProfiles: Command = async (session) => {
  const word = session.parsed.text('listProfiles') ?? 'all';
  const what = 'There was an error listing profiles';
  const bundle = await readFiles(session);
  if (bundle.profiles.length === 0) {
    throw new CliError('not_found', `${what}: There are no cloud profiles configured.`);
  }
  const providers = lookUp(providersOf(bundle), word, what, bundle.absent.providers);
  const data: Record<string, DataMap> = {};
  for (const { name, provider: of } of bundle.profiles) {
    const provider = providers.find((each) => each.name === of);
    if (provider) data[name] = { [word === provider.driver && word !== provider.alias ? word : provider.alias]: {} };
  }
  return { data, code: 0 };
};

type Listing = 'listImages' | 'listSizes' | 'listLocations';

async function list(session: Session, option: Listing, what: string, ask: (of: Ask) => Promise<Data>) {
  const { client, bundle, providers } = await openFleet(session);
  const word = session.parsed.text(option) ?? 'all';
  const chosen = lookUp(providers, word, `There was an error listing ${what}`, bundle.absent.providers);
  const location = session.parsed.text('location');
  const tree = new Tree();
  let code = 0;
  for (const provider of chosen) {
    try {
      tree.put(provider, await ask({ client, bundle, provider, location }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      session.log.error(`${provider.alias}: the ${what} cannot be listed: ${error.message}`);
      code ||= EXIT_CODES[error.code];
    }
  }
  return { data: tree.data(), code };
}

/** By id, as the seed's Scaleway listing; machines that exist have no images but their profiles, as Salt's saltify. */
async function imagesOf({ client, bundle, provider, location }: Ask): Promise<Data> {
  if (provider.existing) {
    return { Profiles: bundle.profiles.filter((each) => each.provider === provider.name).map(({ name }) => name) };
  }
  const { items } = await client.request('GET', '/v1/providers/{provider}/images', input(provider, location));
  return byId(items, imageData);
}

async function sizesOf({ client, provider, location }: Ask): Promise<Data> {
  if (provider.existing) return {};
  const { items } = await client.request('GET', '/v1/providers/{provider}/sizes', input(provider, location));
  return byId(items, sizeData);
}

async function locationsOf({ client, provider }: Ask): Promise<Data> {
  if (provider.existing) return {};
  const { items } = await client.request('GET', '/v1/providers/{provider}/locations', {
    params: { provider: provider.name },
  });
  return byId(items, ({ id, name, region }: Location) => ({ id, name, region }));
}

function input(provider: FleetProvider, location: string | null) {
  return { params: { provider: provider.name }, query: location === null ? {} : { location } };
}

function imageData({ id, name, label, arch, location, source, createdAt, extra }: Image): DataMap {
  return {
    ...(extra as DataMap | undefined),
    id,
    name,
    ...(label !== undefined && { label }),
    arch,
    location,
    public: source === 'public',
    ...(createdAt !== undefined && { creation_date: createdAt }),
  };
}

const MIB = 1024 ** 2;
const GB = 1000 ** 3;

/** libcloud's fields and units: MiB of memory, GB of disk, the price of an hour. */
function sizeData({ id, arch, cpus, memoryBytes, diskBytes, location, price, stock }: Size): DataMap {
  return {
    id,
    name: id,
    arch,
    cpus,
    ram: Math.round(memoryBytes / MIB),
    disk: Math.round(diskBytes / GB),
    price: price?.hourly ?? null,
    price_monthly: price?.monthly ?? null,
    currency: price?.currency ?? null,
    location,
    stock,
  };
}

function byId<T extends { readonly id: string; readonly location?: string }>(
  items: readonly T[],
  show: (item: T) => DataMap,
): DataMap {
  const data: Record<string, DataMap> = {};
  for (const item of items) data[item.id in data ? `${item.id} (${item.location})` : item.id] = show(item);
  return data;
}
