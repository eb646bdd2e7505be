import type { FirstLogin } from './profile.ts';

/** Where and as whom SSH is spoken, and what the other side must prove. */
export interface SshTarget {
  /** The machine's id: one connection per machine is kept and shared. */
  readonly machine: string;
  readonly host: string;
  readonly port: number;
  /** Tried in order. */
  readonly users: readonly string[];
  /** OpenSSH private key of ours, PEM text. */
  readonly privateKey: string;
  /** Tried after our own key, at the first contact with a machine that does not have it yet. */
  readonly login?: FirstLogin;
  /** Accepted public host keys; `first-contact` pins what is seen. Never "any". */
  readonly hostKeys: readonly string[] | 'first-contact';
  readonly jump?: SshTarget;
  /** For one connection attempt, ms. */
  readonly connectTimeoutMs: number;
}

/** A command as a value; performed in one place. */
export interface Command {
  /** A POSIX sh script, given to `sh` on standard input of nothing else: no secret ever stands in an argument list. */
  readonly script: string;
  readonly stdin?: string | Uint8Array;
  readonly sudo?: boolean;
  readonly timeoutMs?: number;
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Octal text, e.g. `0600`. */
  readonly mode: string;
  readonly owner?: string;
  readonly sudo?: boolean;
}

/** A verified connection to one machine. */
export interface Shell {
  readonly user: string;
  /** The host key it proved, `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  run(command: Command, signal?: AbortSignal): Promise<CommandResult>;
  /** Written beside and renamed, so that nobody sees half of it. */
  put(file: RemoteFile, signal?: AbortSignal): Promise<void>;
}
