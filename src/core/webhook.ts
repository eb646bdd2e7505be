/** Where events are sent to. Its secret, if any, is kept apart, encrypted. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Event types with `*` and `?`, e.g. `salt/cloud/*`; none means all. */
  readonly types: readonly string[];
  /** The last event that was delivered or did not concern it: where delivery goes on after a restart. */
  readonly lastEvent: number;
  /** Deliveries that failed in a row. */
  readonly failures: number;
  /** What the last failed delivery said. */
  readonly lastError: string | null;
  readonly createdAt: number;
}

/** The name under which the key of its signatures is kept in the secret store. */
export function webhookSecret(id: string): string {
  return `webhook/${id}`;
}
