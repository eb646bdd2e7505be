/** What the host needs to bring one machine to life. */
export interface MachineSpec {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  /** Loopback address that answers for this machine, for example 127.80.0.4 or ::1. */
  readonly address: string;
  /** SSH port on that address. */
  readonly port: number;
  /** Architecture as the cloud names it: x86_64 or arm64. */
  readonly arch: string;
  /** Image label as the cloud names it, for example debian_bookworm. */
  readonly image: string;
  /** The cloud-init user data as it was stored, or null when none was. */
  readonly userData: string | null;
  /** Public keys that the cloud puts on every machine of the project, one OpenSSH line each. */
  readonly authorizedKeys: readonly string[];
}

/** Ways for a test to break the SSH of one machine. */
export interface Trouble {
  /** Nothing listens: connection refused. */
  readonly sshRefused?: boolean;
  /** Connections are taken and never answered. */
  readonly sshHangs?: boolean;
  /** Another host key than the one in the file system, as an impostor would show. */
  readonly hostKey?: 'other';
  /** Boot takes that much longer until SSH answers, real time. */
  readonly slowStartMs?: number;
}

/** What a test may read of one machine's inside. */
export interface MachineDump {
  readonly files: Readonly<Record<string, string>>;
  /** Public host keys, one OpenSSH line each. */
  readonly hostKeys: readonly string[];
  readonly bootId: string;
  readonly boots: number;
}

/**
 * Port to whatever plays the inside of the emulated machines. The emulated cloud calls it when an
 * instance boots, halts or goes away; it never looks inside except through `dump`.
 */
export interface MachineHost {
  /** Boots a machine. A machine that was halted keeps its file system and its host keys. */
  boot(spec: MachineSpec): Promise<void>;
  /** Reboots a running machine: connections drop, files stay. */
  reboot(id: string): Promise<void>;
  /** Powers a machine off and keeps its file system. */
  halt(id: string): Promise<void>;
  /** Removes a machine with its file system. Unknown ids are ignored. */
  destroy(id: string): Promise<void>;
  /** Breaks or (with `{}`) mends the SSH of one machine, also before its first boot. */
  trouble(id: string, trouble: Trouble): void;
  /** The inside of one machine, null when the host does not know it. */
  dump(id: string): MachineDump | null;
  close(): Promise<void>;
}

/** Time of the emulated world in milliseconds since the epoch; runs faster than real time on demand. */
export interface Clock {
  now(): number;
}

/** Signature that `machines/memory.ts` exports. */
export type CreateMemoryHost = (options: { readonly clock: Clock }) => MachineHost;
