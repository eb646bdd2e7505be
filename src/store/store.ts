import { SalternError } from '../core/error.ts';
import type { Store } from '../core/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Cipher } from './cipher.ts';
import { type Db, type Dialect, inTransaction } from './dialect.ts';
import { createEvents } from './events.ts';
import { createMachines } from './machines.ts';
import { createOperations } from './operations.ts';
import { createProfiles } from './profiles.ts';
import { createProviders } from './providers.ts';
import { createResources } from './resources.ts';
import { createSecrets } from './secrets.ts';
import { changeInstallation } from './settings.ts';
import { createTokens } from './tokens.ts';
import { createWebhooks } from './webhooks.ts';

export interface StoreParts {
  readonly dialect: Dialect;
  readonly cipher: Cipher;
  readonly clock: Clock;
  /** Shared by the store and its transactions: a recovery gives it another installation's id. */
  readonly identity: { installation: string };
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * All tables over one connection, or over one transaction.
 *
 * In `transaction`, use the store handed in and await every call on it. On SQLite, which has one connection, a call on
 * the outer store waits until the transaction has ended: awaiting it inside would wait for ever. A `transaction` inside
 * a transaction joins it. After an error inside, let it out: PostgreSQL refuses all further statements.
 */
export function createStore(db: Db, parts: StoreParts): Store {
  const { dialect, cipher, clock, identity, backup, close } = parts;
  return {
    get installation() {
      return identity.installation;
    },
    providers: createProviders(db),
    profiles: createProfiles(db),
    machines: createMachines(db, dialect),
    resources: createResources(db),
    operations: createOperations(db, dialect),
    events: createEvents(db, dialect, clock),
    tokens: createTokens(db),
    webhooks: createWebhooks(db),
    secrets: createSecrets(db, cipher),
    becomeInstallation: async (installation) => {
      await changeInstallation(db, installation);
      identity.installation = installation;
    },
    transaction: (work) =>
      inTransaction(db, (tx) => work(createStore(tx, { ...parts, backup: notInside, close: notInside }))),
    backup,
    close,
  };
}

async function notInside(): Promise<never> {
  throw new SalternError('internal', 'a transaction can neither back up nor close its store');
}
