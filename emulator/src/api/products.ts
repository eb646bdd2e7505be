import { type Call, param } from '../call.ts';
import { SIZES, type SizeFacts } from '../catalogue/sizes.ts';
import { isOffered } from '../catalogue/zones.ts';
import { instanceMap, ok } from '../house.ts';
import { route } from '../router.ts';

const PRODUCTS = '/instance/v1/zones/:zone/products';

const offered = (call: Call): SizeFacts[] => SIZES.filter((size) => isOffered(size, param(call, 'zone')));

/** /instance/v1/…/products: what can be bought, at what price, and whether there is any. */
export const PRODUCT_ROUTES = [
  route('GET', `${PRODUCTS}/servers`, (call) => {
    const sizes = offered(call)
      .map(({ name }) => call.world.size(name))
      .filter((size) => size !== null);
    const views = Object.fromEntries(sizes.map((size) => [size.name, view(size)]));
    return instanceMap(call, 'servers', 'products/servers', views);
  }),
  route('GET', `${PRODUCTS}/servers/availability`, (call) => {
    const zone = param(call, 'zone');
    const stock = offered(call).map(({ name }) => [name, { availability: call.world.availability(name, zone) }]);
    return instanceMap(call, 'servers', 'products/servers/availability', Object.fromEntries(stock));
  }),
  route('GET', `${PRODUCTS}/volumes`, () =>
    ok({ volumes: { l_ssd: volume('Local SSD'), scratch: volume('Scratch') } }),
  ),
];

const volume = (display_name: string): object => ({
  capabilities: { snapshot: display_name === 'Local SSD' },
  display_name,
  constraints: { min: 1_000_000_000, max: 800_000_000_000 },
});

function view(size: SizeFacts): object {
  const hasLocal = size.localGb > 0;
  const bandwidth = size.internetMbit * 1_000_000;
  const gpus = gpuCount(size.name);
  return {
    alt_names: [],
    arch: size.arch,
    ncpus: size.cpus,
    ram: size.ramGib * 2 ** 30,
    gpu: gpus,
    gpu_info: gpus > 0 ? { gpu_manufacturer: 'NVIDIA', gpu_name: 'L4', gpu_memory: 24 * 2 ** 30 } : null,
    mig_profile: null,
    volumes_constraint: { min_size: 0, max_size: size.localGb * 1e9 },
    per_volume_constraint: { l_ssd: { min_size: hasLocal ? 1e9 : 0, max_size: hasLocal ? 800e9 : 0 } },
    scratch_storage_max_size: 0,
    scratch_storage_max_volumes_count: 0,
    monthly_price: size.monthly,
    hourly_price: size.hourly,
    capabilities: {
      boot_types: ['local', 'rescue'],
      placement_groups: true,
      block_storage: true,
      hot_snapshots_local_volume: hasLocal,
      private_network: 8,
      max_file_systems: 0,
    },
    network: {
      ipv6_support: true,
      sum_internal_bandwidth: bandwidth,
      sum_internet_bandwidth: bandwidth,
      interfaces: [{ internal_bandwidth: bandwidth, internet_bandwidth: bandwidth }],
    },
    block_bandwidth: size.blockMib * 2 ** 20,
    end_of_service: size.endOfService,
  };
}

/** L4-2-24G has two; RENDER-S has one. */
function gpuCount(name: string): number {
  const count = /^L4-(\d+)-/.exec(name)?.[1];
  return count ? Number(count) : name === 'RENDER-S' ? 1 : 0;
}
