import type { Driver, DriverModule } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import type { Instance } from '../../core/instance.ts';
import type { ResourceRef } from '../../core/resource.ts';
import { Config, Options } from './config.ts';
import { addressOf, nativeIdOf, type Place, placeOf } from './native-id.ts';

const DEFAULT_PORT = 22;

/**
 * Machines that exist before us, known by where SSH answers (Salt Cloud's saltify). There is no API and nobody to ask: what
 * is true of a machine is found out over SSH, by the operation that enrols it.
 */
export const ssh: DriverModule<Config, Options> = {
  name: 'ssh',
  features: { userData: false, erasesUserData: false, arch: [], ipv6Only: true, existing: true },
  limits: { concurrency: 50, requestsPerSecond: 1000, burst: 1000 },
  Config,
  secrets: [],
  Options,
  open: () => driver,
};

const driver: Driver<Options> = {
  check: async (signal) => {
    throwIfGone(signal);
    return {
      endpoint: 'ssh',
      account: 'machines that exist',
      project: null,
      description: 'machines that exist, reached by SSH',
    };
  },
  images: nothing,
  sizes: nothing,
  locations: nothing,
  resolve: async () => {
    throw new SalternError('unsupported', 'machines that exist are not made, so they have no image, size or price', {
      hint: 'Enrol them: saltern machine enrol NAME=ADDRESS',
    });
  },
  instance: {
    kind: 'host',
    marker: 'name',
    settleMs: 0,
    find: async (ref, signal) => {
      throwIfGone(signal);
      const place = ref.nativeId === undefined ? null : placeOf(ref.nativeId);
      return place && seen(place, ref);
    },
    ensure: async ({ options }, ref, signal) => {
      throwIfGone(signal);
      if (options.host === undefined) {
        throw new SalternError('invalid', `it is not said where ${ref.name} is`, {
          field: 'options.host',
          hint: 'Give its address: `host` for the driver ssh, `ssh_host` in Salt Cloud’s profiles and maps.',
        });
      }
      const place = { host: options.host, port: options.port ?? DEFAULT_PORT };
      return { ...seen(place, ref), ...(options.host_key && { sshHostKey: options.host_key }) };
    },
    // They were there before us and stay after us: forgetting puts back what was changed on them.
    destroy: async () => {},
    list: nothing,
  },
  partKinds: {},
  instances: nothing,
};

function seen(place: Place, ref: ResourceRef): Instance {
  return {
    nativeId: nativeIdOf(place),
    name: ref.name,
    location: '',
    owner: ref.owner,
    status: 'running',
    size: '',
    image: null,
    imageName: null,
    arch: null,
    addresses: [addressOf(place.host)],
    tags: [],
    createdAt: null,
    sshPort: place.port,
  };
}

async function* nothing(): AsyncGenerator<never> {}

function throwIfGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SalternError('cancelled', 'the request was given up');
}
