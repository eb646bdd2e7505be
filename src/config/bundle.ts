import type { DeployStep } from '../core/deploy.ts';
import type { DriverLimits } from '../core/driver.ts';
import type { FirstLogin, OnFailure, SshSettings } from '../core/profile.ts';

/** A place in a file of the user's. Line and column count from 1; line 0 means the file as a whole. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How much of the line is meant, in characters. */
  readonly length: number;
  /** The line up to the end of what is meant, without the values of secret keys. */
  readonly excerpt: string | null;
}

/** One mistake, told once. With an error nothing may be applied; a warning says what will not be done. */
export interface Problem extends Position {
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly expected?: string;
  /** The valid word nearest to what was written. */
  readonly nearest?: string;
  readonly hint?: string;
}

/** A provider as written, with every reference resolved: what the API's import takes. Settings hold secrets. */
export interface ProviderInput {
  readonly name: string;
  readonly driver: string;
  /** Under the file's own keys; the driver's `Config` checks them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<DriverLimits>;
  /** Settings that were not written but found elsewhere: key → where (`SCW_ACCESS_KEY`). */
  readonly from: Readonly<Record<string, string>>;
  /** `file:line` */
  readonly origin: string;
}

/** A profile as written, with scripts and files read. */
export interface ProfileInput {
  readonly name: string;
  /** The provider's name. */
  readonly provider: string;
  /** Left out only where the backend makes nothing: machines that exist before us. */
  readonly image?: string;
  readonly size?: string;
  readonly location?: string;
  readonly tags?: readonly string[];
  readonly ssh?: Partial<SshSettings>;
  readonly deploy: readonly DeployStep[];
  readonly userData?: string | null;
  readonly onFailure?: OnFailure;
  /** Its machines are protected from being destroyed. */
  readonly protected?: boolean;
  /** How to get in before our own key is there. Read from the files it names. */
  readonly login?: FirstLogin;
  /** The driver's `Options` checks them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `file:line` */
  readonly origin: string;
}

/** What a map wants otherwise than the profile: each field given takes the place of the profile's. */
export type Overrides = Partial<Omit<ProfileInput, 'name' | 'provider' | 'origin'>>;

/** One machine that a map wants. */
export interface MapMachine {
  readonly name: string;
  /** The profile's name. */
  readonly profile: string;
  readonly overrides?: Overrides;
  /** Machines of the same map that must be ready before this one is begun. */
  readonly requires?: readonly string[];
  /** `file:line` */
  readonly origin: string;
}

export interface FleetMap {
  /** Tells maps apart: the file's whole path. */
  readonly name: string;
  readonly machines: readonly MapMachine[];
}

/** All that the files and the environment say, ready to be sent to the controller. */
export interface Bundle {
  readonly providers: readonly ProviderInput[];
  readonly profiles: readonly ProfileInput[];
  readonly maps: readonly FleetMap[];
  readonly problems: readonly Problem[];
  /** The files read, as people would write them. */
  readonly files: readonly string[];
  /** Where files were looked for, when none was named. */
  readonly looked: readonly string[];
  /** Where a field of the controller's error stands: `providers.paris.token`, `profiles.web.options.volumes.0`. */
  locate(pointer: string): Position | null;
  /** The file that a script, key or other text was read from; null when it was written inline, or rendered. */
  pathOf(content: string): string | null;
}
