import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import { type Machine, machineSecrets } from '../core/machine.ts';
import type { Actor } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import { importMachines } from './batch.ts';
import { askedOfInstance } from './import-asked.ts';
import { type ImportMatch, type ImportTarget, matchTargets, nameFor } from './import-match.ts';
import type { ImportAnswer, ImportRequest, MapImportRequest } from './inputs.ts';
import { observe } from './observe.ts';
import { reservation } from './request-create.ts';
import { profileOf, providerOf, type World } from './requests.ts';
import { requestOfWish, wishOf } from './wish.ts';

/**
 * Shows which named instances of a provider would be taken over, and without `dryRun` takes them over: all of them, or with
 * `not_found` or `conflict` none.
 */
export async function requestImport(world: World, request: ImportRequest): Promise<ImportAnswer> {
  const { ports } = world;
  const open = await ports.provider((await providerOf(ports.store, request.provider)).id);
  const profile = request.profile === undefined ? null : await profileOf(ports.store, request.profile);
  if (profile && profile.provider !== open.provider.id) {
    throw new SalternError('invalid', `profile ${profile.name} is for another provider than ${open.provider.name}`, {
      field: 'profile',
      hint: 'Give a profile of that provider, or none.',
    });
  }
  const wish = profile && (await wishOf(ports.store, profile));
  const names = [...new Set(request.names)];
  const { as = null } = request;
  if (as !== null && names.length > 1) {
    throw new SalternError('invalid', `${names.length} instances cannot all be called ${as}`, {
      field: 'as',
      hint: 'Import them one by one.',
    });
  }
  const shared = { open, wish, map: null, agentKey: null, name: as };
  const matches = await look(
    ports,
    names.map((wanted) => ({ ...shared, wanted })),
  );
  if (!request.dryRun) for (const match of matches) assertImportable(match);
  return takeOver(world, request, matches);
}

/**
 * Shows what of a map is there already, and without `dryRun` takes over all that can be: what bears a machine's name in the
 * provider of its profile and is nobody's. The rest is shown with its reason and left alone.
 */
export async function requestMapImport(world: World, request: MapImportRequest): Promise<ImportAnswer> {
  const { ports } = world;
  const { map, only, agentKeys = {} } = request;
  const targets: ImportTarget[] = [];
  for (const { name, profile, overrides } of map.machines) {
    if (only && !only.includes(name)) continue;
    const wish = await wishOf(ports.store, await profileOf(ports.store, profile), overrides);
    const open = await ports.provider(wish.provider);
    targets.push({ wanted: name, name, open, wish, map: map.name, agentKey: agentKeys[name] ?? null });
  }
  return takeOver(world, request, await look(ports, targets));
}

/** Account and list of every provider concerned, once each. What cannot be believed is nothing to take over from. */
async function look(ports: Ports, targets: readonly ImportTarget[]): Promise<ImportMatch[]> {
  const providers = new Map(targets.map(({ open }) => [open.provider.id, open]));
  const listed = await Promise.all(
    [...providers].map(async ([id, open]) => {
      const seen = await observe(ports, open);
      if (seen.status === 'unknown') throw seen.error;
      return [id, seen.instances] as const;
    }),
  );
  return matchTargets(ports, targets, new Map(listed));
}

function assertImportable({ preview: { name, action, reason } }: ImportMatch): void {
  if (action === 'import' || action === 'managed') return;
  throw new SalternError(action === 'not_found' ? 'not_found' : 'conflict', `${name}: ${reason}`);
}

interface Taken {
  readonly match: ImportMatch;
  readonly instance: Instance;
  readonly machine: Machine;
}

async function takeOver(
  { ports, engine }: World,
  { dryRun, actor }: { readonly dryRun: boolean; readonly actor: Actor },
  matches: readonly ImportMatch[],
): Promise<ImportAnswer> {
  const preview = matches.map((match) => match.preview);
  const wanted = matches.flatMap(({ instance, ...match }) =>
    instance ? [{ match: { ...match, instance }, instance }] : [],
  );
  if (dryRun || wanted.length === 0) return { operation: null, preview };
  const rows = await reserve(ports, wanted);
  const operation = await engine.start(importMachines, {
    actor,
    entity: null,
    queue: null,
    input: {
      providers: [...new Set(rows.map(({ machine }) => machine.provider))],
      children: rows.map(({ machine, ...row }) => ({
        machine: machine.id,
        provider: machine.provider,
        input: importInput(machine, row),
      })),
    },
  });
  return { operation, preview };
}

function importInput({ id, name }: Machine, { match: { target }, instance }: Omit<Taken, 'machine'>) {
  const { nativeId, location } = instance;
  const agentKey = target.agentKey === null ? null : { id: name, fingerprint: target.agentKey };
  return { machine: id, nativeId, location, tags: [...(target.wish?.tags ?? [])], agentKey };
}

/** All names or none. */
async function reserve(ports: Ports, wanted: readonly Omit<Taken, 'machine'>[]): Promise<Taken[]> {
  const rows = await Promise.all(
    wanted.map(async (one) => ({
      ...one,
      ...(await askedOfInstance(one.match.target.open, one.match.target.wish, one.instance)),
    })),
  );
  return ports.store.transaction(async (store) => {
    const taken: Taken[] = [];
    for (const { match, instance, asked, price } of rows) {
      const { open, wish, map } = match.target;
      const name = nameFor(match.target, instance);
      const { machine, resource } = reservation(ports, open.provider.id, name, open.driver.instance.kind);
      const origin = 'imported';
      const request = wish && requestOfWish(wish, { ...machine, origin });
      if (request) await store.secrets.put(machineSecrets.request(machine.id), JSON.stringify(request));
      await store.resources.insert({ ...resource, name: instance.name, location: instance.location });
      const row = await store.machines.insert({
        ...machine,
        profile: wish?.profile ?? null,
        sshPort: wish?.ssh.port ?? DEFAULT_SSH.port,
        protected: wish?.protected ?? false,
        origin,
        map,
        asked,
        price,
      });
      taken.push({ match, instance, machine: row });
    }
    return taken;
  });
}
