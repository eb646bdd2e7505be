import type { Price } from '../core/catalog.ts';
import type { DeployStep } from '../core/deploy.ts';
import type { DriverLimits } from '../core/driver.ts';
import type { MachineVerb } from '../core/machine.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { JumpHost, OnFailure, SshSettings } from '../core/profile.ts';

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
  readonly image: string;
  readonly size?: string | null;
  readonly location?: string | null;
  readonly tags?: readonly string[];
  readonly ssh?: SshInput;
  readonly deploy?: readonly DeployStep[];
  readonly userData?: string | null;
  readonly onFailure?: OnFailure;
  /** The driver's own settings. Checked by its `Options`. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly origin: string;
}

/** What a person may ask of machines that exist. */
export type ChangeVerb = Exclude<MachineVerb, 'retry'>;

export interface ChangeRequest {
  readonly verb: ChangeVerb;
  readonly machines: readonly string[];
  readonly actor: Actor;
  /** A person said that imported machines may be destroyed too. */
  readonly imported?: boolean;
}

export interface ImportRequest {
  readonly provider: string;
  /** Names or native ids of instances. */
  readonly names: readonly string[];
  readonly profile?: string;
  readonly dryRun: boolean;
  readonly actor: Actor;
}

export interface ImportAnswer {
  /** Null when nothing was begun. */
  readonly operation: OperationRecord | null;
  readonly preview: readonly ImportPreview[];
}

export interface ImportPreview {
  readonly name: string;
  readonly nativeId: string | null;
  readonly location: string | null;
  readonly action: 'import' | 'managed' | 'conflict' | 'not_found';
  readonly reason: string | null;
}

export interface ProviderRequest {
  readonly provider: string;
  readonly actor: Actor;
}

export interface ReconcileRequest extends ProviderRequest {
  /** Destroy orphans, not only show them. */
  readonly fix: boolean;
  /** A person said that many machines really are gone. */
  readonly confirmVanished: boolean;
}

/** Saved all together or not at all. */
export interface SaveRequest {
  readonly providers: readonly ProviderInput[];
  readonly profiles: readonly ProfileInput[];
  readonly actor: Actor;
}

export interface Saved {
  readonly kind: 'provider' | 'profile';
  readonly name: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

/** What creating would do and cost; nothing is changed by making it. */
export interface MachinePlan {
  readonly profile: string;
  readonly provider: {
    readonly name: string;
    readonly endpoint: string;
    readonly account: string;
    readonly project: string | null;
  };
  readonly image: { readonly id: string; readonly name: string };
  readonly size: string;
  readonly location: string;
  /** For one machine. */
  readonly price: Price | null;
  readonly notes: readonly string[];
  readonly machines: readonly PlannedMachine[];
}

export interface PlannedMachine {
  readonly name: string;
  readonly action: 'create' | 'exists' | 'conflict';
  readonly reason: string | null;
}
