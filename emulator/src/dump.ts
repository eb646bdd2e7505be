import type { MachineDump } from './machine.ts';
import type { Stored } from './world/store.ts';
import type { Ip, SecurityGroup, Server, Volume } from './world/types.ts';
import type { World } from './world/world.ts';

export interface ServerDump {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly project: string;
  readonly tags: readonly string[];
  readonly state: string;
  readonly commercialType: string;
  readonly arch: string;
  readonly image: string | null;
  readonly addresses: readonly string[];
  readonly volumes: readonly string[];
  readonly userData: Readonly<Record<string, string>>;
  readonly machine: MachineDump | null;
  /** Why the machine inside did not come up, null when it did. */
  readonly bootError: string | null;
}

export interface ThingDump {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly project: string;
  readonly tags: readonly string[];
  readonly server: string | null;
}

/** Everything in the world, hidden or not: what a test compares with what was asked for. */
export interface WorldDump {
  readonly time: string;
  readonly servers: readonly ServerDump[];
  /** Local and block volumes. */
  readonly volumes: readonly ThingDump[];
  /** Flexible and dynamic addresses; the name is the address. */
  readonly ips: readonly ThingDump[];
  readonly snapshots: readonly ThingDump[];
  readonly images: readonly ThingDump[];
  /** Without the default groups that every project has. */
  readonly securityGroups: readonly ThingDump[];
  readonly placementGroups: readonly ThingDump[];
  readonly privateNics: readonly ThingDump[];
  readonly privateNetworks: readonly ThingDump[];
  readonly sshKeys: readonly ThingDump[];
}

/** @param withMachines also reads the inside of each machine, which can be large */
export function dumpWorld(world: World, withMachines: boolean): WorldDump {
  return {
    time: new Date(world.clock.now()).toISOString(),
    servers: world.servers.all().map((server) => dumpServer(world, server, withMachines)),
    volumes: [...world.volumes.all(), ...world.blockVolumes.all()].map(thing),
    ips: world.ips.all().map(thing),
    snapshots: [...world.snapshots.all(), ...world.blockSnapshots.all()].map(thing),
    images: world.images.all().map(thing),
    securityGroups: world.securityGroups
      .all()
      .filter((group: SecurityGroup) => !group.projectDefault)
      .map(thing),
    placementGroups: world.placementGroups.all().map(thing),
    privateNics: world.privateNics.all().map(thing),
    privateNetworks: world.privateNetworks.all().map(thing),
    sshKeys: world.sshKeys.all().map(thing),
  };
}

const thing = (item: Stored & Partial<Pick<Volume & Ip, 'serverId'>>): ThingDump => ({
  id: item.id,
  name: item.name,
  place: item.place,
  project: item.project,
  tags: item.tags,
  server: item.serverId ?? null,
});

const dumpServer = (world: World, server: Server, withMachines: boolean): ServerDump => ({
  id: server.id,
  name: server.name,
  zone: server.place,
  project: server.project,
  tags: server.tags,
  state: server.state,
  commercialType: server.commercialType,
  arch: server.arch,
  image: server.image?.label ?? null,
  addresses: world.ipsOf(server).map((ip) => ip.address),
  volumes: [...server.volumes.values()],
  userData: Object.fromEntries(server.userData),
  machine: withMachines ? world.room.dump(server.id) : null,
  bootError: server.bootError,
});
