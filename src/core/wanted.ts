import type { DeployStep } from './deploy.ts';
import type { DriverLimits } from './driver.ts';
import type { FirstLogin, JumpHost, OnFailure, SshSettings } from './profile.ts';

/** A provider as a person writes it: secrets still among its settings. Checked by its driver's `Config`. */
export interface ProviderInput {
  readonly name: string;
  readonly driver: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<DriverLimits>;
  /** Where it was written: `file:line`, or `api`. */
  readonly origin: string;
}

/** SSH settings as a person writes them: what is left out has a default. */
export interface SshInput extends Partial<Omit<SshSettings, 'jump'>> {
  readonly jump?: (Pick<JumpHost, 'host'> & Partial<JumpHost>) | null;
}

/** A profile as a person writes it. */
export interface ProfileInput {
  readonly name: string;
  /** Name or id of a provider, known already or saved in the same request. */
  readonly provider: string;
  /** Left out only where the backend makes nothing (machines that exist before us). */
  readonly image?: string | null;
  readonly size?: string | null;
  readonly location?: string | null;
  readonly tags?: readonly string[];
  readonly ssh?: SshInput;
  readonly deploy?: readonly DeployStep[];
  readonly userData?: string | null;
  readonly onFailure?: OnFailure;
  /** Machines made from it are protected from being destroyed. */
  readonly protected?: boolean;
  /** How to get in before our own key is there. */
  readonly login?: FirstLogin | null;
  /** The driver's own settings. Checked by its `Options`. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly origin: string;
}

/** What a map, or a person, wants other than the profile says: each field given takes the place of the profile's. */
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
  /** Tells maps apart: `--prune` ends only what this very map wanted before. The file's whole path unless named. */
  readonly name: string;
  readonly machines: readonly MapMachine[];
}
