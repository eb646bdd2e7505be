import type { Log } from '../../lib/log.ts';
import type { Account } from './account.ts';
import type { Client } from './client.ts';
import type { Config } from './config.ts';

/** What every part of an opened driver works with. */
export interface Context {
  readonly client: Client;
  readonly config: Config;
  readonly account: Account;
  readonly log: Log;
}

/** Path of the Instance API in a zone; without one in the provider's own. */
export function instancePath(context: Context, zone: string | undefined, rest: string): string {
  return `/instance/v1/zones/${zone ?? context.config.zone}${rest}`;
}

export function blockPath(context: Context, zone: string | undefined, rest: string): string {
  return `/block/v1/zones/${zone ?? context.config.zone}${rest}`;
}
