import { SalternError } from '../core/error.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import { recoverMachines } from './batch.ts';
import type { RecoverAnswer, RecoverRequest } from './inputs.ts';
import { observe } from './observe.ts';
import { putBack } from './recover-rows.ts';
import { judgeSeen, type SeenMachine, type Tagged } from './recover-seen.ts';
import { profileOf, providerOf, type World } from './requests.ts';
import { requestOfWish, wishOf } from './wish.ts';

/**
 * Rebuilds the inventory from the tags on the backends. In a store that holds nothing yet, the installation that made what is
 * there is taken on: the only one found, or the one that is named.
 */
export async function requestRecover(world: World, request: RecoverRequest): Promise<RecoverAnswer> {
  const { ports } = world;
  const profile = request.profile === undefined ? null : await profileOf(ports.store, request.profile);
  const wish = profile && (await wishOf(ports.store, profile));
  const tagged = (await Promise.all((await providersOf(ports, request)).map((open) => taggedIn(ports, open)))).flat();
  const installations = counted(ports, tagged);
  const installation = await chosen(ports, request, installations);
  const seen = await judgeSeen(
    ports,
    tagged.filter(({ owner }) => owner.installation === installation).toSorted(byName),
  );
  const answer = { installations, installation, machines: seen.map(({ view }) => view) };
  const lost = seen.filter(({ view }) => view.action === 'recover');
  if (request.dryRun || installation === null || lost.length === 0) return { ...answer, operation: null };
  if (installation !== ports.store.installation) await become(ports, request.actor, installation);
  const kept = wish && { ...requestOfWish(wish, { origin: 'imported', readyAt: null }), deploy: [] };
  const ssh = { port: wish?.ssh.port ?? DEFAULT_SSH.port, request: kept };
  const machines = await putBack(ports, lost, ssh);
  return { ...answer, operation: await begin(world, request.actor, lost, machines) };
}

async function become({ store, emit }: Ports, actor: Actor, installation: string): Promise<void> {
  const data = { from: store.installation, to: installation };
  await store.becomeInstallation(installation);
  await emit({ actor, type: 'installation.changed', entity: null, operation: null, data });
}

function begin(
  { engine }: World,
  actor: Actor,
  lost: readonly SeenMachine[],
  machines: readonly { readonly id: string; readonly provider: string }[],
): Promise<OperationRecord> {
  return engine.start(recoverMachines, {
    actor,
    entity: null,
    queue: null,
    input: {
      providers: [...new Set(lost.map(({ open }) => open.provider.id))],
      children: machines.map(({ id, provider }) => ({ machine: id, provider, input: { machine: id } })),
    },
  });
}

async function providersOf(ports: Ports, { providers }: RecoverRequest): Promise<OpenProvider[]> {
  const rows = providers
    ? await Promise.all(providers.map((name) => providerOf(ports.store, name)))
    : await ports.store.providers.list();
  if (rows.length === 0) {
    throw new SalternError('not_found', 'there is no provider to look for machines in', {
      hint: 'Load your files first: saltern config load -f FILE (or -c /etc/salt).',
    });
  }
  const open = await Promise.all(rows.map(({ id }) => ports.provider(id)));
  return open.filter(({ module }) => !module.features.existing);
}

async function taggedIn(ports: Ports, open: OpenProvider): Promise<Tagged[]> {
  const seen = await observe(ports, open);
  if (seen.status === 'unknown') throw seen.error;
  return seen.instances.flatMap(({ owner, ...instance }) =>
    owner?.resource && instance.status !== 'destroying'
      ? [
          {
            open,
            owner: { installation: owner.installation, resource: owner.resource },
            instance: { ...instance, owner },
          },
        ]
      : [],
  );
}

/** Of one name the oldest first: it is the one that keeps it. */
function byName({ instance: a }: Tagged, { instance: b }: Tagged): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.createdAt ?? '').localeCompare(b.createdAt ?? '');
}

function counted({ store }: Ports, tagged: readonly Tagged[]): RecoverAnswer['installations'] {
  const ids = [...new Set(tagged.map(({ owner }) => owner.installation))].sort();
  return ids.map((id) => ({
    id,
    instances: tagged.filter(({ owner }) => owner.installation === id).length,
    ours: id === store.installation,
  }));
}

/**
 * Whose machines are meant: named, our own, or the only one that a store which holds nothing can be. Null: a person chooses.
 * `conflict` when a store that has machines is to become another installation.
 */
async function chosen(
  { store }: Ports,
  { installation, dryRun }: RecoverRequest,
  found: RecoverAnswer['installations'],
): Promise<string | null> {
  const ids = found.map(({ id }) => id).join(', ');
  const isEmpty =
    (await store.machines.count({ destroyed: true })) === 0 && (await store.resources.list()).length === 0;
  if (installation !== undefined) {
    if (!found.some(({ id }) => id === installation)) {
      throw new SalternError('not_found', `no instance bears the mark of the installation ${installation}`, {
        hint: `Found: ${ids || 'none'}.`,
      });
    }
    if (isEmpty || installation === store.installation) return installation;
    throw new SalternError(
      'conflict',
      `this inventory is the installation ${store.installation} and has machines of its own`,
      {
        hint: 'Recover another installation into an empty data directory (SALTERN_HOME).',
      },
    );
  }
  const [only, other] = found;
  if (!isEmpty || !only || found.some(({ ours }) => ours)) return store.installation;
  if (!other) return only.id;
  if (dryRun) return null;
  throw new SalternError('conflict', `${found.length} installations have machines here: say which one this is`, {
    hint: `Give --installation with one of ${ids}.`,
  });
}
