import { randomUUID } from 'node:crypto';
import { LOCAL_IMAGES, publicImage } from '../catalogue/images.ts';
import { SIZES, type SizeFacts } from '../catalogue/sizes.ts';
import { type Availability, defaultStock } from '../catalogue/zones.ts';
import type { EmulatorClock } from '../clock.ts';
import { quotasExceeded } from '../errors.ts';
import type { MachineSpec } from '../machine.ts';
import { AddressPool } from './addresses.ts';
import { type ActionName, phasesOf } from './lifecycle.ts';
import type { MachineRoom } from './machine-room.ts';
import { Store } from './store.ts';
import type {
  Image,
  Ip,
  IpamIp,
  PlacementGroup,
  PrivateNetwork,
  PrivateNic,
  SecurityGroup,
  Server,
  Snapshot,
  SshKey,
  Volume,
  Vpc,
} from './types.ts';

/** Who owns the account and how much of it there is. */
export interface WorldOptions {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly organization: string;
  readonly project: string;
  /** Further projects that the key may use. */
  readonly projects: readonly string[];
  readonly network: string;
  readonly sshPort: number;
  /** Limits by quota name: cp_servers, cp_ips, cp_volumes, cp_servers_type_DEV1_S. */
  readonly quotas: Readonly<Record<string, number>>;
  /** Euro an hour and a month that replace the recorded ones. */
  readonly prices: Readonly<Record<string, { readonly hourly: number; readonly monthly: number }>>;
}

/** How long a block volume takes to leave a running server. */
const DETACH_MS = 5_000;

/** One small Scaleway: everything of one organization, and time passing over it. */
export class World {
  readonly servers = new Store<Server>('instance_server');
  readonly volumes = new Store<Volume>('instance_volume');
  readonly blockVolumes = new Store<Volume>('volume');
  readonly snapshots = new Store<Snapshot>('instance_snapshot');
  readonly blockSnapshots = new Store<Snapshot>('snapshot');
  readonly images = new Store<Image>('instance_image');
  readonly ips = new Store<Ip>('instance_ip');
  readonly securityGroups = new Store<SecurityGroup>('instance_security_group');
  readonly placementGroups = new Store<PlacementGroup>('instance_placement_group');
  readonly privateNics = new Store<PrivateNic>('instance_private_nic');
  readonly sshKeys = new Store<SshKey>('ssh_key');
  readonly vpcs = new Store<Vpc>('vpc');
  readonly privateNetworks = new Store<PrivateNetwork>('private_network');
  readonly ipamIps = new Store<IpamIp>('ip');
  readonly clock: EmulatorClock;
  readonly options: WorldOptions;
  readonly room: MachineRoom;
  readonly stock = new Map<string, Availability>();
  quotas: Record<string, number>;
  readonly #addresses: AddressPool;
  readonly #moving = new Set<Server>();
  #alarm: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: WorldOptions, clock: EmulatorClock, room: MachineRoom) {
    this.options = options;
    this.clock = clock;
    this.room = room;
    this.quotas = { ...options.quotas };
    this.#addresses = new AddressPool(options.network);
    clock.onChange(() => this.tick());
  }

  get organization(): string {
    return this.options.organization;
  }

  /** Lets everything happen that is due by now. Called before every request and by its own alarm. */
  tick(): void {
    if (this.#isClosed) return;
    const now = this.clock.now();
    for (const server of this.#moving) {
      for (let phase = server.phases[0]; phase && phase.at <= now; phase = server.phases[0]) {
        server.phases.shift();
        server.state = phase.state;
        server.detail = phase.detail;
        server.modifiedAt = phase.at;
        this.#effect(server, phase.effect);
      }
      if (server.phases.length === 0) this.#moving.delete(server);
    }
    this.#setAlarm(now);
  }

  /** Starts a power action whose precondition was checked. */
  begin(server: Server, action: ActionName): void {
    server.phases = phasesOf(action, this.clock.now());
    this.#moving.add(server);
    this.tick();
  }

  /** Throws the API's quota error when one more would be too many. */
  checkQuota(name: string, current: number): void {
    const quota = this.quotas[name];
    if (quota !== undefined && current >= quota) throw quotasExceeded(name, quota, current, this.organization);
  }

  availability(size: string, zone: string): Availability {
    return this.stock.get(`${size} ${zone}`) ?? defaultStock(size, zone);
  }

  size(name: string): SizeFacts | null {
    const facts = SIZES.find((one) => one.name === name);
    return facts ? { ...facts, ...this.options.prices[name] } : null;
  }

  /** An image by id: the user's own, or one of the marketplace in that zone. */
  image(id: string, zone: string): Image | null {
    const own = this.images.peek(id);
    if (own) return own;
    const local = LOCAL_IMAGES.get(id);
    return local && local.zone === zone ? publicImage(local) : null;
  }

  /** The block or local volume with this id. */
  volume(id: string | null): Volume | null {
    return this.volumes.peek(id) ?? this.blockVolumes.peek(id);
  }

  ipsOf(server: Server): Ip[] {
    return server.ipIds.flatMap((id) => this.ips.peek(id) ?? []);
  }

  /** Makes a public address; throws the quota error when none is left. */
  newIp(of: {
    place: string;
    project: string;
    type: Ip['type'];
    tags: string[];
    dynamic: boolean;
    visibleAt: number;
  }): Ip {
    const current = this.ips.all().filter((ip) => !ip.dynamic).length;
    if (!of.dynamic) this.checkQuota('cp_ips', current);
    const isV6 = of.type === 'routed_ipv6';
    const address = isV6 ? this.#addresses.takeIpv6(this.room.isReal) : this.#addresses.take();
    if (address === null) throw quotasExceeded('cp_ips', current, current, this.organization);
    const now = this.clock.now();
    const prefix = isV6 ? `${address}${address === '::1' ? '/128' : '/64'}` : null;
    const common = { id: randomUUID(), name: address, createdAt: now, modifiedAt: now, reverse: null, serverId: null };
    return this.ips.add({ ...of, ...common, address, prefix, ipamId: randomUUID() });
  }

  attachIp(ip: Ip, server: Server): void {
    this.detachIp(ip);
    ip.serverId = server.id;
    server.ipIds.push(ip.id);
    this.#readdress(server);
  }

  detachIp(ip: Ip): void {
    const server = this.servers.peek(ip.serverId);
    ip.serverId = null;
    if (!server) return;
    server.ipIds = server.ipIds.filter((id) => id !== ip.id);
    this.#readdress(server);
  }

  removeIp(ip: Ip): void {
    this.detachIp(ip);
    this.ips.remove(ip.id);
    this.#addresses.release(ip.address);
  }

  detachVolume(volume: Volume): void {
    const now = this.clock.now();
    const server = this.servers.peek(volume.serverId);
    const isSlow = volume.kind === 'sbs_volume' && server?.state === 'running';
    volume.leaving = isSlow ? { serverId: server.id, until: now + DETACH_MS } : null;
    volume.serverId = null;
    volume.lastDetachedAt = now;
    volume.modifiedAt = now;
  }

  /** Takes the server out of the world; local volumes go too when it is terminated. */
  removeServer(server: Server, removeLocalVolumes: boolean): void {
    for (const ip of this.ipsOf(server)) {
      if (ip.dynamic) this.removeIp(ip);
      else this.detachIp(ip);
    }
    for (const id of server.volumes.values()) {
      const volume = this.volume(id);
      if (!volume) continue;
      this.detachVolume(volume);
      if (removeLocalVolumes && volume.kind !== 'sbs_volume') this.volumes.remove(id);
    }
    for (const nic of this.privateNics.all().filter((one) => one.serverId === server.id)) this.removePrivateNic(nic);
    this.servers.remove(server.id);
    this.#moving.delete(server);
    this.room.destroy(server);
  }

  removePrivateNic(nic: PrivateNic): void {
    for (const id of nic.ipamIps) this.ipamIps.remove(id);
    this.privateNics.remove(nic.id);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#alarm) clearTimeout(this.#alarm);
  }

  #effect(server: Server, effect: Server['phases'][number]['effect']): void {
    switch (effect) {
      case 'boot':
        server.hasNode = true;
        this.#dynamicIp(server);
        this.room.boot(server, this.#spec(server));
        return;
      case 'reboot':
        if (server.machineAddress === null) this.room.boot(server, this.#spec(server));
        else this.room.reboot(server);
        return;
      case 'halt':
        this.room.halt(server);
        return;
      case 'release-node':
        server.hasNode = false;
        for (const ip of this.ipsOf(server).filter((one) => one.dynamic)) this.removeIp(ip);
        return;
      case 'destroy':
        this.removeServer(server, true);
        return;
      case null:
        return;
      default:
        effect satisfies never;
    }
  }

  #dynamicIp(server: Server): void {
    if (!server.dynamicIpRequired || server.ipIds.length > 0) return;
    const { place, project } = server;
    const ip = this.newIp({ place, project, type: 'routed_ipv4', tags: [], dynamic: true, visibleAt: 0 });
    ip.serverId = server.id;
    server.ipIds.push(ip.id);
  }

  /** The address on which the machine should answer: IPv4 wins, null when it has none. */
  #address(server: Server): string | null {
    const ips = this.ipsOf(server);
    return (ips.find((ip) => ip.type === 'routed_ipv4') ?? ips[0])?.address ?? null;
  }

  #readdress(server: Server): void {
    if (server.state !== 'running' || this.#address(server) === server.machineAddress) return;
    this.room.halt(server);
    this.room.boot(server, this.#spec(server));
  }

  #spec(server: Server): MachineSpec | null {
    const address = this.#address(server);
    if (address === null) return null;
    const keys = this.sshKeys.all().filter((key) => key.project === server.project && !key.disabled);
    return {
      id: server.id,
      name: server.name,
      hostname: server.hostname,
      address,
      port: this.options.sshPort,
      arch: server.arch,
      image: server.image?.label ?? '',
      userData: server.userData.get('cloud-init') ?? null,
      authorizedKeys: keys.map((key) => key.publicKey),
    };
  }

  #setAlarm(now: number): void {
    if (this.#alarm) clearTimeout(this.#alarm);
    const due = Math.min(...[...this.#moving].map((server) => server.phases[0]?.at ?? Number.POSITIVE_INFINITY));
    if (!Number.isFinite(due) || this.clock.speed <= 0) return;
    const delay = Math.min(Math.max(1, Math.ceil((due - now) / this.clock.speed)), 2 ** 31 - 1);
    this.#alarm = setTimeout(() => this.tick(), delay);
    this.#alarm.unref();
  }
}
