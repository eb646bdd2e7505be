import { SalternError } from '../core/error.ts';
import type { Machine } from '../core/machine.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { Profile } from '../core/profile.ts';
import type { Provider } from '../core/provider.ts';
import type { Store } from '../core/store.ts';
import { nearest } from '../lib/nearest.ts';

/** Each finds by name or id, or throws `not_found` with the nearest name. */

export async function theMachine(store: Store, nameOrId: string): Promise<Machine> {
  const found = await store.machines.find(nameOrId);
  return found ?? unknown('machine', nameOrId, await store.machines.list({ limit: 1000 }));
}

export async function theProvider(store: Store, nameOrId: string): Promise<Provider> {
  return (await store.providers.find(nameOrId)) ?? unknown('provider', nameOrId, await store.providers.list());
}

export async function theProfile(store: Store, nameOrId: string): Promise<Profile> {
  return (await store.profiles.find(nameOrId)) ?? unknown('profile', nameOrId, await store.profiles.list());
}

export async function theOperation(store: Store, id: string): Promise<OperationRecord> {
  const found = await store.operations.get(id);
  return found ?? unknown('operation', id, []);
}

/** `machine/web-1` as `machine/01J…`: what events and operations are filtered by. */
export async function entityId(store: Store, entity: string): Promise<string> {
  const [kind, nameOrId = ''] = splitOnce(entity);
  switch (kind) {
    case 'machine':
      return `machine/${(await theMachine(store, nameOrId)).id}`;
    case 'provider':
      return `provider/${(await theProvider(store, nameOrId)).id}`;
    case 'profile':
      return `profile/${(await theProfile(store, nameOrId)).id}`;
    default:
      throw new SalternError('invalid', `entity: ${entity} is not a kind and a name`, {
        field: 'entity',
        hint: 'Write machine/NAME, provider/NAME or profile/NAME.',
      });
  }
}

function splitOnce(entity: string): string[] {
  const slash = entity.indexOf('/');
  return slash < 0 ? [entity] : [entity.slice(0, slash), entity.slice(slash + 1)];
}

function unknown(what: string, wanted: string, rows: readonly { readonly name: string }[]): never {
  const near = nearest(
    wanted,
    rows.map((row) => row.name),
  );
  throw new SalternError('not_found', `there is no ${what} ${wanted}`, {
    hint: near === null ? `\`saltern ${what} list\` shows what there is.` : `Did you mean ${near}?`,
  });
}
