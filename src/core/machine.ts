import type { Arch, Price } from './catalog.ts';
import type { DeployStep } from './deploy.ts';
import type { ErrorRecord } from './error.ts';
import type { Address } from './instance.ts';
import type { SshSettings } from './profile.ts';
import type { Transitions } from './status.ts';

export const MACHINE_STATUSES = [
  'requested', // in the inventory, nothing asked of the backend yet
  'creating', // the backend is making it
  'bootstrapping', // it exists; SSH and deploy steps are at work
  'ready',
  'starting',
  'stopping',
  'stopped',
  'rebooting',
  'failed', // an operation stopped; its step and error say where and why
  'missing', // the backend said, for this very machine, that it is gone
  'destroying',
  'destroyed',
] as const;
export type MachineStatus = (typeof MACHINE_STATUSES)[number];

export const MACHINE_TRANSITIONS = {
  requested: ['creating', 'failed', 'destroying', 'destroyed'],
  creating: ['bootstrapping', 'ready', 'failed', 'destroying', 'missing'],
  bootstrapping: ['ready', 'failed', 'destroying', 'missing'],
  ready: ['bootstrapping', 'starting', 'stopping', 'rebooting', 'stopped', 'failed', 'missing', 'destroying'],
  starting: ['ready', 'failed', 'missing', 'destroying'],
  stopping: ['stopped', 'failed', 'missing', 'destroying'],
  stopped: ['starting', 'ready', 'failed', 'missing', 'destroying'],
  rebooting: ['ready', 'failed', 'missing', 'destroying'],
  failed: [
    'creating',
    'bootstrapping',
    'starting',
    'stopping',
    'rebooting',
    'ready',
    'stopped',
    'missing',
    'destroying',
  ],
  missing: ['ready', 'stopped', 'destroying', 'destroyed', 'failed'],
  destroying: ['destroyed', 'failed'],
  destroyed: [],
} as const satisfies Transitions<MachineStatus>;

/** What a person may ask for in which status: the API refuses by it, help and console explain by it. */
export const MACHINE_VERBS = {
  start: ['stopped', 'ready', 'failed'],
  stop: ['ready', 'stopped', 'failed'],
  reboot: ['ready', 'failed'],
  deploy: ['ready', 'failed'],
  retry: ['failed', 'requested'],
  destroy: [
    'requested',
    'creating',
    'bootstrapping',
    'ready',
    'starting',
    'stopping',
    'stopped',
    'rebooting',
    'failed',
    'missing',
    'destroying',
  ],
  forget: ['ready', 'stopped', 'failed', 'missing'],
} as const satisfies Record<string, readonly MachineStatus[]>;
export type MachineVerb = keyof typeof MACHINE_VERBS;

/** Statuses that change by themselves: what a list polls fast for. */
export const TRANSITIONAL: readonly MachineStatus[] = [
  'requested',
  'creating',
  'bootstrapping',
  'starting',
  'stopping',
  'rebooting',
  'destroying',
];

/** How the host keys that we verify against became known. */
export type HostKeyOrigin = 'injected' | 'first-contact' | 'given';

export interface Machine {
  readonly id: string;
  /** Unique among machines that are not destroyed. */
  readonly name: string;
  /** Provider id. */
  readonly provider: string;
  /** Profile id, or null for an imported machine. */
  readonly profile: string | null;
  readonly status: MachineStatus;
  /** Made by us, or an instance of others taken over. An imported one is only destroyed when a person says so twice. */
  readonly origin: 'created' | 'imported';
  /** Ledger row of its instance. */
  readonly resource: string;
  readonly nativeId: string | null;
  readonly location: string | null;
  readonly size: string | null;
  readonly image: string | null;
  readonly imageName: string | null;
  readonly arch: Arch | null;
  readonly price: Price | null;
  readonly addresses: readonly Address[];
  readonly sshUser: string | null;
  readonly sshPort: number;
  /** Public host keys in `ssh-ed25519 AAAA…` form. Any of them is accepted. */
  readonly hostKeys: readonly string[];
  readonly hostKeyOrigin: HostKeyOrigin | null;
  /** The operation at work on it, or the last one. */
  readonly operation: string | null;
  readonly error: ErrorRecord | null;
  readonly createdAt: number;
  readonly readyAt: number | null;
  readonly destroyedAt: number | null;
}

/** What a person sees as elapsed time, in ms: from the request to ready. Null while it is not ready. */
export function elapsedMs(machine: Machine): number | null {
  return machine.readyAt === null ? null : machine.readyAt - machine.createdAt;
}

/** What a machine was asked for with, frozen at the request. Stored only encrypted: scripts and user data may hold secrets. */
export interface MachineRequest {
  readonly ssh: SshSettings;
  readonly deploy: readonly DeployStep[];
  readonly userData: string | null;
}

/** Names in the secret store. */
export const machineSecrets = {
  request: (id: string) => `machine/${id}/request`,
  /** The host key injected for the first boot; deleted once the machine has its own. */
  hostKey: (id: string) => `machine/${id}/host-key`,
} as const;
