import { SalternError } from '../core/error.ts';
import { type Machine, machineSecrets } from '../core/machine.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import { DEFAULT_SSH, type FirstLogin, type Profile } from '../core/profile.ts';
import { check } from '../lib/check.ts';
import { enrolMachines } from './batch.ts';
import { enrolInput } from './enrol-machine.ts';
import type { EnrolAnswer, EnrolledMachine, EnrolPreview, EnrolRequest } from './inputs.ts';
import { reservation } from './request-create.ts';
import { assertName, profileOf, providerOf, type World } from './requests.ts';
import { requestOfWish, reserveMachine, type Wish, wishOf } from './wish.ts';

/** One box with all that is asked of it. */
interface Candidate {
  readonly wish: Wish;
  readonly preview: EnrolPreview;
  /** The machine of an earlier try that never got in. */
  readonly present: Machine | null;
}

/** Shows what would be enrolled, and without `dryRun` begins it. */
export async function requestEnrol(world: World, request: EnrolRequest): Promise<EnrolAnswer> {
  const { ports, engine } = world;
  const profile = request.profile === undefined ? null : await profileOf(ports.store, request.profile);
  const open = await existingProvider(ports, request.provider ?? profile?.provider);
  if (profile && profile.provider !== open.provider.id) {
    throw new SalternError('invalid', `profile ${profile.name} is not of provider ${open.provider.name}`, {
      field: 'profile',
    });
  }
  const candidates: Candidate[] = [];
  for (const machine of request.machines) {
    candidates.push(await candidate(ports, open, profile, request, machine, candidates));
  }
  const preview = candidates.map((one) => one.preview);
  if (request.dryRun) return { operation: null, machines: [], preview };
  const bad = preview.find(({ action }) => action === 'conflict');
  if (bad) throw new SalternError('conflict', `${bad.name}: ${bad.reason}`, { field: 'machines' });
  const wanted = candidates.filter((one) => one.preview.action !== 'managed');
  if (wanted.length === 0) return { operation: null, machines: [], preview };
  const machines = await reserve(ports, open, wanted);
  const operation = await engine.start(enrolMachines, {
    actor: request.actor,
    entity: null,
    queue: null,
    input: {
      providers: [open.provider.id],
      children: wanted.map(({ wish }, index) => {
        const { id, provider } = machines[index] as Machine;
        return { machine: id, provider, input: enrolInput(id, wish) };
      }),
    },
  });
  return { operation, machines, preview };
}

/** The provider named, or the only one whose machines exist before us. */
async function existingProvider(ports: Ports, named: string | undefined): Promise<OpenProvider> {
  if (named !== undefined) {
    const open = await ports.provider((await providerOf(ports.store, named)).id);
    if (open.module.features.existing) return open;
    throw new SalternError('unsupported', `provider ${open.provider.name} makes its machines: it enrols none`, {
      field: 'provider',
      hint: 'Take over what is in that account with import; enrol with a provider of driver ssh.',
    });
  }
  const found: OpenProvider[] = [];
  for (const { id } of await ports.store.providers.list()) {
    const open = await ports.provider(id);
    if (open.module.features.existing) found.push(open);
  }
  const [only, second] = found;
  if (only && !second) return only;
  if (!only) {
    throw new SalternError('not_found', 'no provider is there for machines that exist', {
      field: 'provider',
      hint: 'Add one first: saltern provider add metal --driver ssh',
    });
  }
  const names = found.map(({ provider }) => provider.name).join(', ');
  throw new SalternError('invalid', `several providers are for machines that exist: ${names}`, {
    field: 'provider',
    hint: 'Say which: --provider NAME',
  });
}

async function candidate(
  ports: Ports,
  open: OpenProvider,
  profile: Profile | null,
  request: EnrolRequest,
  machine: EnrolledMachine,
  before: readonly Candidate[],
): Promise<Candidate> {
  assertName(machine.name);
  const wish = await wishFor(ports, open, profile, request, machine);
  const { options } = enrolInput('', wish);
  const checked = check(open.module.Options, options);
  if (!checked.ok) {
    const { field, message, hint } = checked.problem;
    throw new SalternError('invalid', `${machine.name}: ${field} ${message}`, {
      field: 'machines',
      ...(hint !== null && { hint }),
    });
  }
  const { kind, ensure } = open.driver.instance;
  const ref = { owner: { installation: '', resource: '' }, name: machine.name, attempted: false };
  const empty = { name: machine.name, image: '', size: '', location: '', userData: null, tags: [] };
  const { nativeId, sshHostKey } = await ensure({ ...empty, options: checked.value }, ref);
  const row = await ports.store.resources.byNativeId(open.provider.id, kind, nativeId);
  const named = await ports.store.machines.find(machine.name);
  const present = named && named.status !== 'destroyed' ? named : null;
  const twin = before.find(({ preview }) => preview.name === machine.name || preview.nativeId === nativeId);
  const judged = judge({ present, nativeId, taken: row && row.status !== 'gone' ? row.name : null, twin });
  const preview: EnrolPreview = {
    ...judged,
    nativeId,
    name: machine.name,
    provider: open.provider.name,
    users: wish.ssh.users,
    hostKey: sshHostKey === undefined ? 'first-contact' : 'given',
    login: [
      ...(wish.login?.privateKey ? (['key'] as const) : []),
      ...(wish.login?.password ? (['password'] as const) : []),
    ],
    deploy: (profile?.deploy ?? []).map(({ name }) => name),
  };
  return { wish, preview, present: judged.action === 'again' ? present : null };
}

interface Case {
  readonly present: Machine | null;
  readonly nativeId: string;
  /** The name under which its address is in the ledger. */
  readonly taken: string | null;
  readonly twin: Candidate | undefined;
}

function judge({ present, nativeId, taken, twin }: Case): Pick<EnrolPreview, 'action' | 'reason'> {
  if (twin) return { action: 'conflict', reason: `named twice, as ${twin.preview.name} at ${twin.preview.nativeId}` };
  if (present && (present.nativeId === nativeId || taken === null)) {
    const { origin, status, readyAt } = present;
    const untouched = origin === 'enrolled' && status === 'failed' && readyAt === null;
    if (untouched) return { action: 'again', reason: present.error?.message ?? 'an earlier try failed' };
    if (present.nativeId === nativeId) return { action: 'managed', reason: `in the inventory already, ${status}` };
  }
  if (taken !== null) return { action: 'conflict', reason: `${nativeId} is enrolled already, as ${taken}` };
  if (present) return { action: 'conflict', reason: `another machine in the inventory has this name` };
  return { action: 'enrol', reason: null };
}

/** What the profile says, with what is said of this very machine in its place. */
async function wishFor(
  ports: Ports,
  { provider }: OpenProvider,
  profile: Profile | null,
  { login, timeoutMs }: EnrolRequest,
  machine: EnrolledMachine,
): Promise<Wish> {
  const base = profile ? await wishOf(ports.store, profile) : plainWish(provider.id);
  const { host, port, hostKey, users, jump } = machine;
  const given = { users, port, timeoutMs, jump: jump && { port: 22, user: 'root', hostKey: null, ...jump } };
  return {
    ...base,
    ssh: { ...base.ssh, ...said(given) },
    login: machine.login ?? login ?? base.login,
    options: { ...base.options, ...said({ host, port, host_key: hostKey }) },
  };
}

function plainWish(provider: string): Wish {
  const nothing = { image: null, size: null, location: null, tags: [], deploy: [], userData: null, options: {} };
  const login: FirstLogin | null = null;
  return { ...nothing, provider, profile: null, ssh: DEFAULT_SSH, login, onFailure: 'keep', protected: false };
}

async function reserve(ports: Ports, open: OpenProvider, wanted: readonly Candidate[]): Promise<Machine[]> {
  const { provider, driver } = open;
  return ports.store.transaction(async (store) => {
    const machines: Machine[] = [];
    for (const { wish, preview, present } of wanted) {
      if (present) {
        await store.secrets.put(machineSecrets.request(present.id), JSON.stringify(requestOfWish(wish, present)));
        machines.push(await store.machines.update(present.id, { sshUser: null, profile: wish.profile }));
        continue;
      }
      const { machine, resource } = reservation(ports, provider.id, preview.name, driver.instance.kind);
      await store.resources.insert(resource);
      machines.push(await reserveMachine(store, { ...machine, origin: 'enrolled' }, wish));
    }
    return machines;
  });
}

function said<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
