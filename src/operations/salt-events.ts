import type { NewEvent } from '../core/event.ts';
import { MACHINE_STATUSES, type Machine, type MachineStatus, TRANSITIONAL } from '../core/machine.ts';
import type { Store } from '../core/store.ts';
import { sshAddress } from './ssh-target.ts';

/** What a machine's own events have told so far. */
interface Told {
  /** By us: what others made and we took over was never created. */
  readonly made: boolean;
  /** Being made: `creating` was told, and since then neither `ready` nor `destroying`. */
  readonly creating: boolean;
  readonly status: MachineStatus | null;
}

interface Facts {
  readonly machine: Machine;
  /** As Salt writes it: `alias:driver`. */
  readonly provider: string;
  readonly driver: string;
  readonly profile: string | null;
}

interface Rule {
  /** The last part of Salt's tag. */
  readonly tag: string;
  /** Salt's own words, which each of its events bears. */
  readonly event: string;
  data(facts: Facts): Readonly<Record<string, unknown>>;
}

function rule(tag: string, event: string, data: Rule['data'] = ({ machine }) => ({ name: machine.name })): Rule {
  return { tag, event, data };
}

const who: Rule['data'] = ({ machine, profile, provider, driver }) => ({
  name: machine.name,
  profile,
  provider,
  driver,
});

const CREATED = rule('created', 'created instance', (facts) => {
  const { addresses, nativeId } = facts.machine;
  const ips = (wanted: string) => addresses.filter(({ reach }) => reach === wanted).map(({ ip }) => ip);
  return { ...who(facts), id: nativeId, instance_id: nativeId, public_ips: ips('public'), private_ips: ips('private') };
});

/** By the status that a machine comes to, and what was told before. */
const BY_STATUS: Partial<Record<MachineStatus, (before: Told) => Rule | null>> = {
  creating: ({ made }) => (made ? rule('creating', 'starting create', who) : null),
  ready: ({ creating, status }) => {
    if (creating) return CREATED;
    if (status === 'starting') return rule('started', 'started instance');
    return status === 'rebooting' ? rule('rebooted', 'rebooted instance') : null;
  },
  starting: () => rule('starting', 'starting instance'),
  stopping: () => rule('stopping', 'stopping instance'),
  stopped: ({ status }) => (status === 'stopping' ? rule('stopped', 'stopped instance') : null),
  rebooting: () => rule('rebooting', 'rebooting instance'),
  destroying: () => rule('destroying', 'destroying instance'),
  destroyed: ({ status }) => (status === 'destroying' ? rule('destroyed', 'destroyed instance') : null),
};

/** By what a step of a machine that is being made comes to. A deploy step called by a path puts a file there: no script. */
const BY_STEP: readonly (readonly [step: RegExp, status: string, rule: Rule])[] = [
  [/^ensure instance$/, 'running', rule('requesting', 'requesting instance', who)],
  [/^ensure instance$/, 'failed', rule('requesting/failed', 'request for instance failed', who)],
  [/^instance runs with an address$/, 'running', rule('querying', 'querying instance', who)],
  [/^ssh answers$/, 'running', rule('waiting_for_ssh', 'waiting for ssh', (facts) => ({ ip_address: ipOf(facts) }))],
  [/^deploy 1: /, 'running', rule('deploying', 'executing deploy script', who)],
  [/^deploy \d+: (?!\/|ssh key$)/, 'done', rule('deploy_script', 'deployed', deployed)],
];

function deployed(facts: Facts) {
  return { name: facts.machine.name, host: ipOf(facts) };
}

function ipOf({ machine: { addresses } }: Facts): string | null {
  return sshAddress(addresses, 'public') ?? addresses[0]?.ip ?? null;
}

/** Salt's events beside our own, told from nothing else than them: one place, whatever operation made the machine. */
export interface SaltEvents {
  /** The same events, each followed by Salt's for it. Handed every event once, in order, before it is stored. */
  beside(events: readonly NewEvent[]): Promise<NewEvent[]>;
}

interface Known extends Told {
  readonly facts: Omit<Facts, 'machine'>;
  /** The rule that fired last: a step says more than once that it runs. */
  readonly last: string | null;
}

/** Tags and fields as in Salt 3006 (salt.utils.cloud, salt.cloud.clouds.scaleway), but never a dump of settings (`kwargs`). */
export function createSaltEvents(store: Pick<Store, 'events' | 'machines' | 'providers' | 'profiles'>): SaltEvents {
  /** Machines with something going on. The others are told from the history, so that a restart forgets nothing. */
  const known = new Map<string, Known>();

  async function recall(id: string): Promise<Known | null> {
    const machine = await store.machines.get(id);
    if (!machine) return null;
    const provider = await store.providers.get(machine.provider);
    const profile = machine.profile === null ? null : await store.profiles.get(machine.profile);
    const driver = provider?.driver ?? '';
    const alias = provider?.name ?? machine.provider;
    const nothing = { made: machine.origin !== 'imported', creating: false, status: null };
    const history = await store.events.after(0, { entity: `machine/${id}`, type: 'machine.status' });
    const told = history.reduce<Told>(after, nothing);
    const facts = {
      driver,
      provider: alias.includes(':') ? alias : `${alias}:${driver}`,
      profile: profile?.name ?? null,
    };
    return { ...told, facts, last: null };
  }

  async function saltEvent(event: NewEvent): Promise<NewEvent | null> {
    const id = machineOf(event);
    const [status, byStep] = [statusOf(event), stepRule(event)];
    if (id === null || (status === null && byStep === null)) return null;
    const before = known.get(id) ?? (await recall(id));
    if (before === null) return null;
    const found = status === null ? (before.creating ? byStep : null) : (BY_STATUS[status]?.(before) ?? null);
    const fires = found !== null && !(status === null && before.last === keyOf(found, event));
    known.set(id, { ...before, ...after(before, event), ...(fires && { last: keyOf(found, event) }) });
    const machine = fires ? await store.machines.get(id) : null;
    if (!fires || machine === null) return null;
    const data = { ...found.data({ ...before.facts, machine }), event: found.event };
    return { ...event, type: `salt/cloud/${machine.name}/${found.tag}`, data };
  }

  return {
    async beside(events) {
      // Not before now: what they came to stands in the history only since the last events were stored.
      for (const [id, { status }] of known) if (status !== null && !TRANSITIONAL.includes(status)) known.delete(id);
      const all: NewEvent[] = [];
      for (const event of events) {
        const salt = await saltEvent(event);
        all.push(event, ...(salt ? [salt] : []));
      }
      return all;
    },
  };
}

function after(told: Told, event: Pick<NewEvent, 'type' | 'data'>): Told {
  const status = statusOf(event);
  if (status === null) return told;
  const goesOn = told.creating && status !== 'ready' && status !== 'destroying';
  return { made: told.made, creating: told.made && (status === 'creating' || goesOn), status };
}

function machineOf({ entity }: NewEvent): string | null {
  return entity?.startsWith('machine/') ? entity.slice('machine/'.length) : null;
}

function statusOf({ type, data }: Pick<NewEvent, 'type' | 'data'>): MachineStatus | null {
  if (type !== 'machine.status') return null;
  return MACHINE_STATUSES.find((status) => status === data['status']) ?? null;
}

function stepRule({ type, data }: NewEvent): Rule | null {
  if (type !== 'operation.step') return null;
  const found = BY_STEP.find(([step, status]) => status === data['status'] && step.test(plainStep(data['step'])));
  return found?.[2] ?? null;
}

/** A step's name without what tells one try from another. */
function plainStep(name: unknown): string {
  return String(name)
    .replace(/^(try \d+: )+/, '')
    .replace(/ \(retry \d+\)$/, '');
}

function keyOf({ tag }: Rule, { data }: NewEvent): string {
  return `${tag} ${String(data['step'] ?? '')}`;
}
