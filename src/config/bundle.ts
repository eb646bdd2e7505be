import type { DeployStep } from '../core/deploy.ts';
import type { FirstLogin, SshSettings } from '../core/profile.ts';
import type * as Wanted from '../core/wanted.ts';

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
export interface ProviderInput extends Wanted.ProviderInput {
  /** Settings that were not written but found elsewhere: key → where (`SCW_ACCESS_KEY`). */
  readonly from: Readonly<Record<string, string>>;
}

/** A profile as written, with scripts and files read. */
export interface ProfileInput extends Wanted.ProfileInput {
  readonly image?: string;
  readonly size?: string;
  readonly location?: string;
  readonly ssh?: Partial<SshSettings>;
  readonly deploy: readonly DeployStep[];
  readonly login?: FirstLogin;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a map wants otherwise than the profile: each field given takes the place of the profile's. */
export type Overrides = Partial<Omit<ProfileInput, 'name' | 'provider' | 'origin'>>;

export interface MapMachine extends Wanted.MapMachine {
  readonly overrides?: Overrides;
}

export interface FleetMap extends Wanted.FleetMap {
  readonly machines: readonly MapMachine[];
}

/** All that the files and the environment say, ready to be sent to the controller. */
export interface Bundle {
  readonly providers: readonly ProviderInput[];
  readonly profiles: readonly ProfileInput[];
  readonly maps: readonly FleetMap[];
  /** Left out, since nobody has their driver here: name → driver. */
  readonly absent: Readonly<Record<'providers' | 'profiles', ReadonlyMap<string, string>>>;
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
