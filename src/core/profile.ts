import type { DeployStep, DeploySummary } from './deploy.ts';

/** What happens to a machine whose creation failed. */
export type OnFailure = 'keep' | 'retry' | 'destroy';

export interface SshSettings {
  /** Tried in order; the one that worked is remembered. */
  readonly users: readonly string[];
  readonly port: number;
  readonly reach: 'public' | 'private';
  /** How long (ms) to wait for SSH after the instance runs. */
  readonly timeoutMs: number;
  /** Public keys that people log in with, beside the controller's own. */
  readonly authorizedKeys: readonly string[];
  readonly jump: JumpHost | null;
}

export interface JumpHost {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA…`; without it the first key seen is pinned. */
  readonly hostKey: string | null;
}

/** A reusable machine request. What may hold secrets (deploy steps, user data) lies encrypted under `profileSecret`. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  /** Provider id. */
  readonly provider: string;
  /** Null only where the backend makes nothing: machines that exist before us. */
  readonly image: string | null;
  readonly size: string | null;
  readonly location: string | null;
  readonly tags: readonly string[];
  readonly ssh: SshSettings;
  readonly deploy: readonly DeploySummary[];
  readonly onFailure: OnFailure;
  /** Its machines are protected from being destroyed, from the beginning. */
  readonly protected: boolean;
  /** The driver's own settings, checked by its `Options`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly origin: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The part of a profile that is only ever stored encrypted. */
export interface ProfilePrivate {
  readonly deploy: readonly DeployStep[];
  readonly userData: string | null;
  readonly login: FirstLogin | null;
}

/** What opens a machine before our own key is on it: tried after our key. Held encrypted, dropped once our key works. */
export interface FirstLogin {
  readonly password?: string;
  /** PEM text of an OpenSSH or PKCS private key. */
  readonly privateKey?: string;
  readonly passphrase?: string;
}

export function profileSecret(id: string): string {
  return `profile/${id}`;
}

export const DEFAULT_SSH: SshSettings = {
  users: ['root'],
  port: 22,
  reach: 'public',
  timeoutMs: 300_000,
  authorizedKeys: [],
  jump: null,
};
