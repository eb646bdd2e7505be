import { once } from 'node:events';
import { Admin } from './admin.ts';
import { claimNetwork } from './claim.ts';
import { EmulatorClock } from './clock.ts';
import type { WorldDump } from './dump.ts';
import type { CreateMemoryHost, MachineHost } from './machine.ts';
import { createHttpServer } from './server.ts';
import { MachineRoom } from './world/machine-room.ts';
import { World, type WorldOptions } from './world/world.ts';

/** Everything has a default; the defaults of the account are valid in form and known to no real cloud. */
export interface EmulatorOptions extends Partial<WorldOptions> {
  /** host:port to listen on; default 127.0.0.1:0, any free port. Loopback only: there is no real security here. */
  readonly listen?: string;
  /** `memory`: every instance is a machine that answers SSH. `none`: instances are rows only. */
  readonly machines: 'memory' | 'none';
  /** Emulated seconds per real second; default 1. */
  readonly clockSpeed?: number;
}

export interface Emulator {
  readonly url: string;
  readonly sshPort: number;
  /** What the official tools read from the environment to use this emulator. */
  env(): Record<string, string>;
  dump(): WorldDump;
  readonly admin: Admin;
  close(): Promise<void>;
}

const ACCOUNT = {
  accessKey: 'SCWEMU1AT0R000000000',
  secretKey: '5a17e50e-0000-4000-8000-000000000001',
  organization: '5a17e50e-0000-4000-8000-000000000002',
  project: '5a17e50e-0000-4000-8000-000000000003',
};

/** Starts a Scaleway of its own on localhost. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const clock = new EmulatorClock(options.clockSpeed ?? 1);
  const sshPort = options.sshPort ?? 22022;
  const claim = options.machines === 'memory' ? await claimNetwork(options.network, sshPort) : null;
  const world: WorldOptions = {
    accessKey: options.accessKey ?? ACCOUNT.accessKey,
    secretKey: options.secretKey ?? ACCOUNT.secretKey,
    organization: options.organization ?? ACCOUNT.organization,
    project: options.project ?? ACCOUNT.project,
    projects: options.projects ?? [],
    network: claim?.network ?? options.network ?? '127.80',
    sshPort,
    quotas: options.quotas ?? {},
    prices: options.prices ?? {},
  };
  const host = options.machines === 'memory' ? await memoryHost(clock) : null;
  const room = new MachineRoom(host, clock);
  const admin = new Admin(clock, () => new World(world, clock, room));
  const server = createHttpServer(admin);
  const { hostname, port } = new URL(`http://${options.listen ?? '127.0.0.1:0'}`);
  server.listen(Number(port), hostname.replace(/^\[|\]$/g, ''));
  await once(server, 'listening');
  const address = server.address();
  const url = `http://${hostname}:${typeof address === 'object' && address ? address.port : port}`;
  return {
    url,
    sshPort: world.sshPort,
    admin,
    dump: () => admin.dump(),
    env: () => environment(url, world),
    close: async () => {
      admin.world.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await room.close();
      claim?.release();
    },
  };
}

const environment = (url: string, world: WorldOptions): Record<string, string> => ({
  SCW_API_URL: url,
  SCW_ACCESS_KEY: world.accessKey,
  SCW_SECRET_KEY: world.secretKey,
  SCW_DEFAULT_ORGANIZATION_ID: world.organization,
  SCW_DEFAULT_PROJECT_ID: world.project,
  SCW_DEFAULT_ZONE: 'fr-par-1',
  SCW_DEFAULT_REGION: 'fr-par',
});

/** Loaded only when asked for: it brings an SSH server and a shell with it. */
async function memoryHost(clock: EmulatorClock): Promise<MachineHost> {
  const module: { createMemoryHost: CreateMemoryHost } = await import('./machines/memory.ts');
  return module.createMemoryHost({ clock });
}
