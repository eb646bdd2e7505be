import type { Engine } from '../core/engine.ts';
import { SalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import type { OnFailure, Profile } from '../core/profile.ts';
import type { Provider } from '../core/provider.ts';
import type { Store } from '../core/store.ts';
import type { Overrides } from '../core/wanted.ts';
import { nearest } from '../lib/nearest.ts';

/** What every request is made in. */
export interface World {
  readonly ports: Ports;
  readonly engine: Engine;
}

export interface Started {
  readonly operation: OperationRecord;
  readonly machines: readonly Machine[];
}

export interface CreateRequest {
  readonly names: readonly string[];
  /** Name or id. */
  readonly profile: string;
  readonly image?: string;
  readonly size?: string;
  readonly location?: string;
  readonly onFailure?: OnFailure;
  /** What else is wanted other than the profile says; what is said above goes before it. */
  readonly overrides?: Overrides;
  readonly actor: Actor;
}

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`, 'i');

/** What can be a host name, with its domain or without (RFC 1123). */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Refuses what cannot be a host name, before anything is asked of a backend. */
export function assertName(name: string): void {
  if (isName(name)) return;
  throw new SalternError('invalid', `"${name}" cannot be a machine name`, {
    field: 'names',
    hint: 'Use letters, digits and hyphens, at most 63 between dots, not beginning or ending with a hyphen.',
  });
}

/** Profile by name or id, or `not_found` with the nearest name. */
export async function profileOf(store: Store, nameOrId: string): Promise<Profile> {
  const profile = await store.profiles.find(nameOrId);
  if (profile) return profile;
  throw unknown(
    'profile',
    nameOrId,
    (await store.profiles.list()).map((row) => row.name),
  );
}

/** Provider by name or id, or `not_found` with the nearest name. */
export async function providerOf(store: Store, nameOrId: string): Promise<Provider> {
  const provider = await store.providers.find(nameOrId);
  if (provider) return provider;
  throw unknown(
    'provider',
    nameOrId,
    (await store.providers.list()).map((row) => row.name),
  );
}

/** Machine by name or id, or `not_found` with the nearest name. */
export async function machineByName(store: Store, nameOrId: string): Promise<Machine> {
  const machine = await store.machines.find(nameOrId);
  if (machine) return machine;
  throw unknown(
    'machine',
    nameOrId,
    (await store.machines.list()).map((row) => row.name),
  );
}

function unknown(what: string, written: string, names: readonly string[]): SalternError {
  const near = nearest(written, names);
  return new SalternError('not_found', `there is no ${what} "${written}"`, {
    field: what,
    hint: near ? `Did you mean "${near}"?` : `See them with: saltern ${what} list`,
  });
}
