import type { Driver, DriverDeps, DriverModule } from '../../core/driver.ts';
import { createAccount } from './account.ts';
import { createAddresses } from './addresses.ts';
import { createClient } from './client.ts';
import { Config, Options, ZONES } from './config.ts';
import type { Context } from './context.ts';
import { createImages } from './images.ts';
import { instanceKind } from './instance-kind.ts';
import { toInstance } from './instances.ts';
import { createMemo } from './memo.ts';
import { createPower } from './power.ts';
import { createResizing } from './resizing.ts';
import { resolve } from './resolve.ts';
import { createServers } from './servers.ts';
import { createSizes } from './sizes.ts';
import { createSshKeys } from './ssh-keys.ts';
import { createTagging } from './tagging.ts';
import { createUserData } from './user-data.ts';
import { createBlockVolumes, createVolumes } from './volumes.ts';

/** Scaleway Instances (https://www.scaleway.com/en/developers/api/instances/). */
export const scaleway: DriverModule<Config, Options> = {
  name: 'scaleway',
  features: { userData: true, erasesUserData: true, arch: ['x86_64', 'arm64'], existing: false, ipv6Only: true },
  // Scaleway publishes no limits. Its support has named 100 requests per second; 429s were seen from parallel listing.
  limits: { concurrency: 20, requestsPerSecond: 20, burst: 40 },
  Config,
  secrets: ['token', 'secret_key'],
  Options,
  open,
};

function open(config: Config, { fetch, log, clock }: DriverDeps): Driver<Options> {
  const client = createClient({
    endpoint: config.api_url,
    token: config.token,
    timeoutMs: config.timeout * 1000,
    fetch,
  });
  const account = createAccount(client, config, createMemo(clock, Number.POSITIVE_INFINITY));
  const context: Context = { client, config, account, log };
  const images = createImages(context, clock);
  const sizes = createSizes(context, clock);
  const servers = createServers(context);
  const addresses = createAddresses(context, clock);
  return {
    check: account.check,
    images: images.list,
    sizes: sizes.list,
    async *locations() {
      const names = new Map<string, string>(ZONES);
      for (const id of config.zones) yield { id, name: names.get(id) ?? id, region: id.replace(/-\d$/, '') };
    },
    resolve: (request, options, signal) => resolve({ config, images, sizes }, request, options, signal),
    price: async (resolved) => resolved.size.price,
    instance: instanceKind(context, servers, addresses),
    partKinds: { address: addresses, volume: createVolumes(context), 'block-volume': createBlockVolumes(context) },
    async *instances(query, signal) {
      for (const zone of query.location ? [query.location] : config.zones) {
        for await (const server of servers.list(zone, null, signal)) {
          const seen = toInstance(server);
          if (!query.arch || seen.arch === query.arch) yield seen;
        }
      }
    },
    power: createPower(servers),
    userData: createUserData(context),
    tagging: createTagging(context, servers),
    resizing: createResizing(context, servers, sizes),
    sshKeys: createSshKeys(context),
  };
}
