import type { DeployStep } from './deploy.ts';
import type { Shell, SshTarget } from './shell.ts';

/** A key pair in OpenSSH's formats. */
export interface SshKeyPair {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----…` */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string;
}

export interface UserDataSpec {
  /** With its domain or without. */
  readonly hostname: string;
  /** The host key that the machine will show at its first boot. */
  readonly hostKey: SshKeyPair;
  /** Login keys for the users that we will try. */
  readonly authorizedKeys: readonly string[];
  readonly users: readonly string[];
  /** The user's own user data (`#cloud-config` or a script), merged in, never overridden in silence. */
  readonly own: string | null;
}

/** Where a machine stands on the way to SSH: an ordered list of requirements, each with a hint for people. */
export type Readiness =
  | { readonly ready: true; readonly user: string; readonly hostKey: string }
  | { readonly ready: false; readonly waitingFor: string; readonly hint: string };

export interface DeployResult {
  /** Exit code, 0 for files and keys. */
  readonly code: number;
  readonly durationMs: number;
}

export interface DeployContext {
  /** Names the 0700 directory on the machine. The same after a crash; after a told failure the same key means "again". */
  readonly key: string;
  readonly signal: AbortSignal;
  onOutput(stream: 'stdout' | 'stderr', text: string): void;
  /** The machine was there before us: what a step replaces is kept on it first, for `leave`. */
  readonly remember?: boolean;
}

/** What tells where something of ours may lie on a machine. */
export interface Traces {
  /** Ids of the operations that deployed there. */
  readonly operations: readonly string[];
  /** A deploy step used sudo. */
  readonly sudo: boolean;
}

/** An address becomes a managed machine. */
export interface Bootstrap {
  newKeyPair(comment: string): SshKeyPair;
  userData(spec: UserDataSpec): string;
  /**
   * One look at how far it is. Not ready is a value: refused, no route, timed out, booting, and a refused login too, because
   * cloud-init adds the keys after SSH begins to answer. A wrong host key (`forbidden`) throws.
   */
  look(target: SshTarget, signal: AbortSignal): Promise<Readiness>;
  /** A verified connection, kept and shared per machine. Errors as in `look`, with refused and timed out thrown. */
  shell(target: SshTarget, signal: AbortSignal): Promise<Shell>;
  /**
   * The machine makes its own host key and keeps its private half to itself: makes it beside (once) and returns its public
   * half. Not in use until `useNewHostKey`.
   */
  newHostKey(target: SshTarget, signal: AbortSignal): Promise<string>;
  /** Puts the new host key in use. Safe to repeat; the target accepts old and new. */
  useNewHostKey(target: SshTarget, signal: AbortSignal): Promise<void>;
  /** Throws `invalid` with the exit code when a script ends with another than 0. Runs a script once, crash or not. */
  deploy(target: SshTarget, step: DeployStep, context: DeployContext): Promise<DeployResult>;
  /**
   * Puts a public key into the `authorized_keys` of the user that the target lets in, unless it is there. What the file was
   * is kept on the machine first, for `leave`.
   */
  letIn(target: SshTarget, publicKey: string, signal: AbortSignal): Promise<'added' | 'there'>;
  /** What the machine tells of itself, under the names of Salt's grains. */
  grains(target: SshTarget, signal: AbortSignal): Promise<Record<string, unknown>>;
  /**
   * Puts back what `letIn` and remembering deploy steps replaced, takes the folders of the operations' scripts away, and all
   * else of ours. Answers with a sentence for each thing that somebody changed since and that is left as it is.
   */
  leave(target: SshTarget, traces: Traces, signal: AbortSignal): Promise<readonly string[]>;
  /** The machine's boot id: changes with each boot (random(4), /proc/sys/kernel/random/boot_id). */
  bootId(target: SshTarget, signal: AbortSignal): Promise<string>;
  /** Closes the machine's connection, if any. */
  release(machine: string): void;
  close(): void;
}
