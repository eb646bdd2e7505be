import { deployVersion } from '../core/deploy.ts';
import type { ResolvedRequest } from '../core/driver.ts';
import type { SalternError } from '../core/error.ts';
import type { Instance, InstanceStatus } from '../core/instance.ts';
import type { Machine, MachineStatus } from '../core/machine.ts';
import type { Drift, PlannedAction } from './inputs.ts';
import type { Observation } from './observe.ts';
import type { Wish } from './wish.ts';

/** All that is known of one wanted machine: what is asked for, what the inventory has, what its provider shows. */
export interface Subject {
  readonly wish: Wish;
  /** The machine of that name in the inventory, of whichever provider. */
  readonly machine: Machine | null;
  /** What that one's provider is called, when it is another than the wanted one. */
  readonly elsewhere: string | null;
  readonly observed: Observation;
  /** The machine's own instance. */
  readonly instance: Instance | null;
  /** Instances that bear the name and are not the machine's. */
  readonly namesakes: readonly Instance[];
  /** The operation at work on it. */
  readonly busy: string | null;
  /** The ledger row of its instance was left on its way out. */
  readonly halfDestroyed: boolean;
  /** Null where nothing is to be resolved. */
  readonly resolved: ResolvedRequest | SalternError | null;
  /** Machines are there before us: enrolled, in no list. */
  readonly existing: boolean;
  readonly resizes: boolean;
}

export type Verdict = Pick<PlannedAction, 'action' | 'reason' | 'needs' | 'changes'>;
type Rule = (subject: Subject) => Verdict | null;

/** The first rule that has an answer decides. */
export function judge(subject: Subject): Verdict {
  for (const rule of RULES) {
    const verdict = rule(subject);
    if (verdict) return verdict;
  }
  return verdict('keep', ['as wanted', ...notesOn(subject)].join('; '));
}

const RULES: readonly Rule[] = [
  providerUnknown,
  ofAnotherProvider,
  notOurs,
  unresolved,
  notThereYet,
  atWork,
  gone,
  stoppedHalfWay,
  unsettled,
  drifted,
];

/** What an instance's status forbids to judge it by. `stopped` is drift; `running` is as it should be. */
const UNSETTLED: Partial<Record<InstanceStatus, string>> = {
  creating: 'the backend is still making it',
  starting: 'it is starting just now',
  stopping: 'it is stopping just now',
  destroying: 'somebody ends it on the backend just now',
  locked: 'the backend has locked it',
  unknown: 'the backend does not say how it is',
};

const FAILED: readonly MachineStatus[] = ['failed', 'requested'];

function verdict(
  action: Verdict['action'],
  reason: string,
  needs: Verdict['needs'] = [],
  changes: Verdict['changes'] = [],
): Verdict {
  return { action, reason, needs, changes };
}

function providerUnknown({ observed }: Subject): Verdict | null {
  return observed.status === 'unknown' ? verdict('unknown', observed.reason) : null;
}

function ofAnotherProvider({ machine, elsewhere }: Subject): Verdict | null {
  if (!machine || elsewhere === null) return null;
  return verdict('unknown', `${machine.name} is a machine of provider ${elsewhere}: it does not move to another`);
}

/** Of one name no second instance is made, whatever became of the first that was asked for. */
function notOurs({ machine, instance, namesakes, busy }: Subject): Verdict | null {
  if (namesakes.length === 0 || instance || (machine && (busy !== null || machine.status === 'destroying')))
    return null;
  const several =
    namesakes.length > 1 ? `${namesakes.length} instances of that name are` : 'an instance of that name is';
  if (!machine) return verdict('not ours', `${several} there and not in the inventory`, ['import']);
  const way = `to take over what is there: saltern machine forget ${machine.name}, then import`;
  return verdict('not ours', `${several} there, and none is this machine's; ${way}`, ['import']);
}

/** Out of stock, for instance: what cannot be made is not begun. A machine that is as wanted does not care. */
function unresolved(subject: Subject): Verdict | null {
  const { resolved } = subject;
  if (!(resolved instanceof Error) || !needsResolved(subject)) return null;
  return verdict('unknown', resolved.message);
}

function notThereYet({ machine, existing }: Subject): Verdict | null {
  if (machine) return null;
  return existing ? verdict('enrol', 'not in the inventory yet') : verdict('create', 'not there yet');
}

function atWork({ machine, busy }: Subject): Verdict | null {
  if (machine?.status === 'destroying') return verdict('unknown', 'it is being destroyed');
  return busy === null ? null : verdict('unknown', `${busy} is at work on it`);
}

function gone(subject: Subject): Verdict | null {
  const { machine, instance, existing } = subject;
  if (!machine || existing || instance) return null;
  if (machine.nativeId === null && machine.status !== 'missing') return null;
  const change: Drift = { what: 'status', from: 'gone', to: 'ready', needs: 'replace' };
  return verdict('replace', 'the backend says it is gone', replaceNeeds(machine), [change]);
}

function stoppedHalfWay(subject: Subject): Verdict | null {
  const { machine, halfDestroyed } = subject;
  if (!machine || !FAILED.includes(machine.status)) return null;
  if (halfDestroyed) return verdict('unknown', 'it is half destroyed: destroy it, then apply again');
  if (machine.origin === 'imported' && machine.readyAt === null) {
    return verdict('unknown', `its import stopped; go on with: saltern machine retry ${machine.name}`);
  }
  return null;
}

function unsettled({ instance }: Subject): Verdict | null {
  const why = instance && UNSETTLED[instance.status];
  return why ? verdict('unknown', why) : null;
}

function drifted(subject: Subject): Verdict | null {
  const { machine } = subject;
  if (!machine) return null;
  const changes = DRIFTS.flatMap((drift) => drift(machine, subject) ?? []);
  if (changes.length === 0) return null;
  const reason = changes.map(tell).join('; ');
  const replaces = changes.some(({ what, needs }) => needs === 'replace' && (what === 'size' || what === 'image'));
  if (replaces) return verdict('replace', reason, replaceNeeds(machine), changes);
  return verdict('change', reason, [...new Set(changes.flatMap(({ needs }) => needs ?? []))], changes);
}

type Look = (machine: Machine, subject: Subject) => Drift | null;

/** Words that nobody asked for cannot drift; words that resolve to what is there are no drift either. */
const DRIFTS: readonly Look[] = [
  ({ status, error }) => {
    if (!FAILED.includes(status)) return null;
    return { what: 'status', from: error ? `${status}: ${error.message}` : status, to: 'ready', needs: null };
  },
  ({ asked }, { wish, resolved, instance }) => {
    if (!differs(asked.image, wish.image) || !isResolved(resolved) || !instance) return null;
    if (resolved.image.id === instance.image) return null;
    return { what: 'image', from: instance.imageName ?? instance.image, to: resolved.image.name, needs: 'replace' };
  },
  ({ asked, status }, { wish, resolved, instance, resizes }) => {
    if (!differs(asked.size, wish.size) || !isResolved(resolved) || !instance) return null;
    if (resolved.size.id === instance.size) return null;
    // What never got ready has nothing to lose and is not resized half way.
    const needs = resizes && !FAILED.includes(status) ? null : 'replace';
    return { what: 'size', from: instance.size, to: resolved.size.id, needs };
  },
  (_, { wish, instance }) => {
    const lacking = instance ? wish.tags.filter((tag) => !instance.tags.includes(tag)) : [];
    return lacking.length === 0 ? null : { what: 'tags', from: null, to: lacking.join(', '), needs: null };
  },
  ({ status }, { instance }) => {
    if (instance?.status !== 'stopped' && status !== 'stopped') return null;
    return { what: 'power', from: 'stopped', to: 'running', needs: null };
  },
  ({ asked, readyAt }, { wish }) => {
    const version = deployVersion(wish.deploy);
    if (asked.deploy === null || asked.deploy === version || readyAt === null) return null;
    return { what: 'deploy', from: asked.deploy, to: version, needs: 'redeploy' };
  },
  // Only ever put on: who takes it off says so of the machine.
  ({ protected: isProtected }, { wish }) => {
    if (isProtected || !wish.protected) return null;
    return { what: 'protection', from: 'off', to: 'on', needs: null };
  },
];

const TOLD: Readonly<Record<Drift['what'], (drift: Drift) => string>> = {
  status: () => 'it stopped half way',
  image: ({ from, to }) => `image ${from} → ${to}`,
  size: ({ from, to }) => `size ${from} → ${to}`,
  tags: ({ to }) => `lacks the tags ${to}`,
  power: () => 'it is stopped',
  deploy: () => 'the deploy steps changed',
  protection: () => 'it is not protected',
};

function tell(drift: Drift): string {
  return TOLD[drift.what](drift);
}

function replaceNeeds(machine: Machine): Verdict['needs'] {
  return ['replace', ...endNeeds(machine)];
}

/** What ending a machine takes beside the word that asks for it. */
export function endNeeds({ origin, protected: kept }: Machine): Verdict['needs'] {
  return [...(origin === 'imported' ? (['imported'] as const) : []), ...(kept ? (['unprotect'] as const) : [])];
}

/** Whether image and size must be found to know what is to be done. */
export function needsResolved({ machine, wish, instance, existing }: Subject): boolean {
  if (existing) return false;
  if (!machine || (!instance && FAILED.includes(machine.status))) return true;
  return differs(machine.asked.image, wish.image) || differs(machine.asked.size, wish.size);
}

function differs(asked: string | null, wanted: string | null): boolean {
  return asked !== null && wanted !== null && asked !== wanted;
}

function isResolved(resolved: Subject['resolved']): resolved is ResolvedRequest {
  return resolved !== null && !(resolved instanceof Error);
}

/** What is worth knowing of a machine that stays as it is. */
function notesOn({ machine, wish, instance, namesakes, resolved }: Subject): string[] {
  const others = namesakes.map(({ nativeId }) => nativeId).join(', ');
  const moved = wish.location !== null && isResolved(resolved) && instance && resolved.location !== instance.location;
  const newer =
    machine?.asked.image === wish.image && isResolved(resolved) && instance && resolved.image.id !== instance.image;
  return [
    ...(others === '' ? [] : [`another instance of that name is there: ${others}`]),
    ...(moved ? [`the map says ${resolved.location}: a machine does not move`] : []),
    ...(newer && !moved ? ['a newer image is there'] : []),
  ];
}
