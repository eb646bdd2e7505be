import { SalternError } from '../core/error.ts';
import type { OperationRecord } from '../core/operation.ts';
import { profileSecret } from '../core/profile.ts';
import { providerSecret } from '../core/provider.ts';
import { checkProvider } from './check-provider.ts';
import type { ProviderRequest, ReconcileRequest } from './inputs.ts';
import { reconcile } from './reconcile.ts';
import { profileOf, providerOf, type World } from './requests.ts';

export async function requestCheck({ ports, engine }: World, request: ProviderRequest): Promise<OperationRecord> {
  const { id } = await providerOf(ports.store, request.provider);
  return engine.start(checkProvider, {
    actor: request.actor,
    entity: `provider/${id}`,
    queue: null,
    input: { provider: id },
  });
}

export async function requestReconcile({ ports, engine }: World, request: ReconcileRequest): Promise<OperationRecord> {
  const { id } = await providerOf(ports.store, request.provider);
  const { actor, fix, confirmVanished } = request;
  return engine.start(reconcile, {
    actor,
    entity: `provider/${id}`,
    queue: null,
    input: { provider: id, fix, confirmVanished },
  });
}

/** Refused while a profile or a machine uses it: what costs money would be out of sight. */
export async function removeProvider({ ports }: World, request: ProviderRequest): Promise<void> {
  const { id, name } = await providerOf(ports.store, request.provider);
  const machines = await ports.store.machines.count({ provider: id });
  const profiles = (await ports.store.profiles.list()).filter((profile) => profile.provider === id);
  if (machines > 0 || profiles.length > 0) {
    throw new SalternError(
      'conflict',
      `provider ${name} is used by ${machines} machines and ${profiles.length} profiles`,
      {
        hint: 'Destroy or forget the machines and remove the profiles first.',
      },
    );
  }
  await ports.store.transaction(async (store) => {
    await store.secrets.delete(providerSecret(id));
    await store.providers.delete(id);
  });
  const entity = `provider/${id}`;
  await ports.emit({ actor: request.actor, type: 'provider.removed', entity, operation: null, data: { name } });
}

/** Machines made from it stay: they carry what they were asked for. */
export async function removeProfile(
  { ports }: World,
  request: { readonly profile: string; readonly actor: ProviderRequest['actor'] },
): Promise<void> {
  const { id, name } = await profileOf(ports.store, request.profile);
  await ports.store.transaction(async (store) => {
    await store.secrets.delete(profileSecret(id));
    await store.profiles.delete(id);
  });
  const entity = `profile/${id}`;
  await ports.emit({ actor: request.actor, type: 'profile.removed', entity, operation: null, data: { name } });
}
