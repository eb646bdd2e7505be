import type { Arch, Price } from './catalog.ts';
import type { DeployStep } from './deploy.ts';
import type { ErrorRecord } from './error.ts';
import type { Address } from './instance.ts';
import type { FirstLogin, SshSettings } from './profile.ts';
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
  requested: ['creating', 'stopped', 'failed', 'destroying', 'destroyed'],
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

/**
 * Made by us; an instance of others taken over (only destroyed when a person says so twice); or a box that was there before
 * us, reached by SSH (only ever forgotten).
 */
export const MACHINE_ORIGINS = ['created', 'imported', 'enrolled'] as const;
export type MachineOrigin = (typeof MACHINE_ORIGINS)[number];

/** Words of the request as they were resolved then. Null for what nobody asked for: it cannot drift. */
export interface Asked {
  readonly image: string | null;
  readonly size: string | null;
  readonly tags: readonly string[];
  /** `deployVersion` of the deploy steps that ran last. */
  readonly deploy: string | null;
}

export const NOTHING_ASKED: Asked = { image: null, size: null, tags: [], deploy: null };

/** A minion's key as the machine shows it over its verified SSH connection, held against what a Salt master accepted. */
export interface AgentKey {
  /** The minion's id on the master. */
  readonly id: string;
  /** SHA-256 as `salt-key -f` prints it. Null when the machine has no key. */
  readonly fingerprint: string | null;
  readonly standing: 'accepted' | 'different' | 'absent';
}

export interface Machine {
  readonly id: string;
  /** Unique among machines that are not destroyed. */
  readonly name: string;
  /** Provider id. */
  readonly provider: string;
  /** Profile id, or null for an imported machine. */
  readonly profile: string | null;
  readonly status: MachineStatus;
  readonly origin: MachineOrigin;
  /** Never destroyed or replaced until a person takes the protection off. */
  readonly protected: boolean;
  /** The map that wanted it last: what `--prune` of that map may end. Null for none. */
  readonly map: string | null;
  /** What it was made or last brought to, in people's words: what drift is told from. */
  readonly asked: Asked;
  /** What is known of its minion's agent key; null when nobody looked. */
  readonly agentKey: AgentKey | null;
  /** Facts that the machine told of itself; null when nobody asked. */
  readonly grains: Readonly<Record<string, unknown>> | null;
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
  /** How to get in before our own key is there. */
  readonly login: FirstLogin | null;
}

/** Names in the secret store. */
export const machineSecrets = {
  request: (id: string) => `machine/${id}/request`,
  /** The host key injected for the first boot; deleted once the machine has its own. */
  hostKey: (id: string) => `machine/${id}/host-key`,
  /** What the machine is to be asked for next, until an operation has taken it up. */
  nextRequest: (id: string) => `machine/${id}/next-request`,
} as const;
