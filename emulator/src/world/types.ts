import type { Stored } from './store.ts';

export type Arch = 'x86_64' | 'arm64';
export type ServerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'stopped in place' | 'locked';

/** An image as the instance API shows it: from the marketplace or the user's own. */
export interface Image extends Stored {
  readonly label: string;
  arch: Arch;
  isPublic: boolean;
  readonly organization: string;
  readonly rootVolume: SnapshotRef;
  extraVolumes: Readonly<Record<string, SnapshotRef>>;
  readonly fromServer: string;
}

export interface SnapshotRef {
  readonly id: string;
  readonly name: string;
  readonly volume_type: 'l_ssd' | 'sbs_snapshot';
  readonly size: number;
}

/** Local volumes (l_ssd, scratch) belong to the instance API, block volumes (sbs) to the block API. */
export interface Volume extends Stored {
  readonly kind: 'l_ssd' | 'scratch' | 'sbs_volume';
  size: number;
  serverId: string | null;
  iops: number;
  readonly parentSnapshotId: string | null;
  readonly referenceId: string;
  lastDetachedAt: number | null;
  /** A block volume leaves a running server slowly: the reference stays until then. */
  leaving: { readonly serverId: string; readonly until: number } | null;
}

export interface Snapshot extends Stored {
  readonly kind: 'l_ssd' | 'sbs';
  readonly size: number;
  readonly volumeId: string | null;
  readonly volumeName: string;
}

export interface Ip extends Stored {
  readonly type: 'routed_ipv4' | 'routed_ipv6';
  readonly address: string;
  /** IPv6 only: the routed prefix. */
  readonly prefix: string | null;
  reverse: string | null;
  serverId: string | null;
  /** Dynamic addresses come with poweron, go with poweroff, and are in no list. */
  readonly dynamic: boolean;
  readonly ipamId: string;
}

export interface Rule {
  readonly id: string;
  readonly protocol: string;
  readonly direction: string;
  readonly action: string;
  readonly ip_range: string;
  readonly dest_ip_range: null;
  readonly dest_port_from: number | null;
  readonly dest_port_to: number | null;
  readonly position: number;
  readonly editable: boolean;
}

export interface SecurityGroup extends Stored {
  description: string | null;
  stateful: boolean;
  inbound: string;
  outbound: string;
  projectDefault: boolean;
  /** Blocks outgoing mail, as on every new account. */
  defaultSecurity: boolean;
  rules: Rule[];
}

export interface PlacementGroup extends Stored {
  policyMode: string;
  policyType: string;
}

export interface PrivateNic extends Stored {
  readonly serverId: string;
  readonly privateNetworkId: string;
  readonly mac: string;
  readonly ipamIps: string[];
}

export interface SshKey extends Stored {
  readonly publicKey: string;
  readonly fingerprint: string;
  disabled: boolean;
}

export interface Vpc extends Stored {
  readonly isDefault: boolean;
  routing: boolean;
  customRoutes: boolean;
}

export interface Subnet {
  readonly id: string;
  readonly subnet: string;
}

export interface PrivateNetwork extends Stored {
  readonly vpcId: string;
  readonly subnets: readonly Subnet[];
  defaultRoutes: boolean;
}

export interface IpamIp extends Stored {
  readonly address: string;
  readonly isIpv6: boolean;
  readonly subnetId: string | null;
  readonly privateNetworkId: string | null;
  resource: { type: string; id: string; mac_address: string | null; name: string | null } | null;
  reverses: readonly unknown[];
}

/** Where the server is on its way through a power action. */
export interface Phase {
  /** Emulated time at which it begins. */
  readonly at: number;
  readonly state: ServerState;
  readonly detail: string;
  readonly effect: PhaseEffect | null;
}

export type PhaseEffect = 'boot' | 'reboot' | 'halt' | 'release-node' | 'destroy';

export interface Server extends Stored {
  hostname: string;
  commercialType: string;
  readonly arch: Arch;
  readonly image: Image | null;
  /** Slot ('0', '1', …) to volume id. */
  volumes: Map<string, string>;
  ipIds: string[];
  dynamicIpRequired: boolean;
  bootType: string;
  isProtected: boolean;
  securityGroupId: string;
  placementGroupId: string | null;
  adminKeyId: string | null;
  readonly userData: Map<string, string>;
  readonly mac: string;
  state: ServerState;
  detail: string;
  /** What is still to come, soonest first. */
  phases: Phase[];
  /** True from the first boot until the node is given back. */
  hasNode: boolean;
  /** Loopback address that the machine inside listens on now, null while it is off. */
  machineAddress: string | null;
  bootError: string | null;
}
