import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Bootstrap, SshKeyPair } from './bootstrap.ts';
import type { Driver, DriverModule } from './driver.ts';
import type { Actor } from './operation.ts';
import type { Provider } from './provider.ts';
import type { Store } from './store.ts';

/** All that an operation reaches the world through. */
export interface Ports {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly bootstrap: Bootstrap;
  /** The provider with its driver opened, its secrets filled in, its requests rate-limited. `not_found` when there is none. */
  provider(id: string): Promise<OpenProvider>;
  /** The controller's own SSH key pair, made once per installation. */
  loginKey(): Promise<SshKeyPair>;
  emit(event: {
    actor: Actor;
    type: string;
    entity: string | null;
    operation: string | null;
    data: Record<string, unknown>;
  }): Promise<void>;
  newId(): string;
}

export interface OpenProvider {
  readonly provider: Provider;
  readonly module: DriverModule<unknown, unknown>;
  readonly driver: Driver;
}
