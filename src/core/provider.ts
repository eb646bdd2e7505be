import type { AccountFacts, DriverLimits } from './driver.ts';

export type ProviderStatus =
  | 'unchecked' // never asked
  | 'ok' // its last check gave the recorded account, project and endpoint
  | 'unknown'; // what it says cannot be trusted now; nothing is created or marked gone from it

/** One configured account or endpoint of a driver. Secrets are not here: they lie encrypted under `secretName`. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** The driver's settings without its secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of the settings kept as secrets. */
  readonly secretKeys: readonly string[];
  readonly limits: Partial<DriverLimits>;
  readonly status: ProviderStatus;
  readonly statusReason: string | null;
  /** Recorded at the first good check; every plan and destroy prints it, every list is compared with it. */
  readonly scope: AccountFacts | null;
  readonly checkedAt: number | null;
  /** Where it was written: `file:line`, or `api`. */
  readonly origin: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The name under which a provider's secret settings are kept in the secret store. */
export function providerSecret(id: string): string {
  return `provider/${id}`;
}
