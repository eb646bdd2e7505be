import { EXIT_CODES, type MapPlan, type PlannedAction } from '../../../client/generated.ts';
import type { FleetMap } from '../../../config/bundle.ts';
import { CliError } from '../../base/errors.ts';
import { confirmed } from './confirm.ts';
import { changedSteps, deployNotes, type Made, madeData, stepsOf } from './deployment.ts';
import { destroyAll } from './destroy.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { followed } from './follow.ts';
import { seenNow } from './nodes.ts';
import type { Data } from './output/data.ts';
import type { Command, Session } from './session.ts';
import type { Target } from './targets.ts';

/**
 * `-m MAP [NAMES] [-H]`: makes what is missing and leaves what is there as it is; with `-H` also ends what this very map made
 * before and does not name any more.
 */
export const runMap: Command = async (session) => {
  const { parsed, log } = session;
  const hard = assertHard(session);
  const file = parsed.text('map') ?? '';
  const fleet = await openFleet(session, { map: file, ...(!parsed.flag('noDeploy') && { making: '' }) });
  log.info(`Applying map from '${file}'.`);
  deployNotes(session);
  const map = mapOf(session, fleet);
  const only = parsed.words.length > 0 ? { only: [...parsed.words] } : {};
  const allow = hard ? ['prune'] : [];
  const plan = await fleet.client.request('POST', '/v1/maps/plan', { body: { map, ...only, allow } as never });

  const sets = sorted(plan);
  const failures = refused(session, sets.refused);
  const code = failures.code || unknownProviders(session, plan);
  const pruned = hard ? await toPrune(fleet, sets.pruned) : [];
  if (sets.made.length > 0 || pruned.length > 0) {
    if (!(await confirmed(session, question(sets, pruned)))) return { data: {}, code };
  }
  const made = await make(session, fleet, map, sets.made);
  const ended = pruned.length > 0 ? await destroyAll(session, fleet, pruned) : { data: {}, code: 0 };
  const there = Object.fromEntries(sets.there.map((action) => [action.name, { Message: standing(session, action) }]));
  const data = { ...failures.data, ...madeData(session, made), ...(ended.data as object), ...there };
  return { data, code: made.code || ended.code || code };
};

interface Sets {
  readonly made: readonly PlannedAction[];
  /** In the inventory, whatever may differ. */
  readonly there: readonly PlannedAction[];
  readonly pruned: readonly PlannedAction[];
  /** Nothing may be done about them. */
  readonly refused: readonly PlannedAction[];
}

/** What each planned action means to somebody who only creates what is missing. */
const MEANING = {
  create: 'made',
  enrol: 'made',
  keep: 'there',
  change: 'there',
  replace: 'there',
  destroy: 'pruned',
  unknown: 'refused',
  'not ours': 'refused',
} as const satisfies Record<PlannedAction['action'], keyof Sets>;

function sorted({ actions }: MapPlan): Sets {
  const of = (set: keyof Sets) => actions.filter(({ action }) => MEANING[action] === set);
  return { made: of('made'), there: of('there'), pruned: of('pruned'), refused: of('refused') };
}

/** Salt's own lock on `--hard`, and its words. */
function assertHard({ parsed, main }: Session): boolean {
  if (!parsed.flag('hard')) return false;
  if (main.hardMaps) return true;
  throw new CliError(
    'forbidden',
    "There was a query error: The --hard map can be extremely dangerous to use, and therefore must explicitly be enabled in the main configuration file, by setting 'enable_hard_maps' to True",
  );
}

/** The map that was read, its deploy steps as `--no-deploy` and `--script-args` change them. */
function mapOf(session: Session, { bundle }: Fleet): FleetMap {
  const [map] = bundle.maps;
  if (!map || map.machines.length === 0) throw new CliError('invalid', 'No nodes defined in this map');
  const location = session.parsed.text('location');
  const machines = map.machines.map((machine) => {
    const deploy = changedSteps(session, machine.overrides?.deploy ?? stepsOf(bundle, machine.profile));
    const changed = { ...(deploy !== null && { deploy }), ...(location !== null && { location }) };
    return Object.keys(changed).length === 0
      ? machine
      : { ...machine, overrides: { ...machine.overrides, ...changed } };
  });
  return { ...map, machines };
}

function refused({ log }: Session, actions: readonly PlannedAction[]) {
  const data: Record<string, Data> = {};
  for (const { name, reason } of actions) {
    log.error(`${name}: ${reason}`);
    data[name] = { Error: reason };
  }
  return { data, code: actions.length === 0 ? 0 : EXIT_CODES.conflict };
}

function unknownProviders({ log }: Session, { providers }: MapPlan): number {
  const unknown = providers.filter(({ status }) => status === 'unknown');
  for (const { name, reason } of unknown) log.error(`${name}: nothing is made or ended there: ${reason ?? 'unknown'}`);
  return unknown.length > 0 ? EXIT_CODES.unavailable : 0;
}

/** What `-H` ends, as the inventory has it now. */
async function toPrune({ client, providers }: Fleet, actions: readonly PlannedAction[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const { machine: id, provider: name } of actions) {
    const provider = providers.find((each) => each.name === name);
    if (id === null || !provider) continue;
    targets.push({
      provider,
      machine: await client.request('GET', '/v1/machines/{machine}', { params: { machine: id } }),
    });
  }
  return targets;
}

/** In Salt's words. */
function question({ made, there }: Sets, pruned: readonly Target[]): string {
  const block = (title: string, names: readonly string[]) =>
    names.length === 0
      ? ''
      : `The following virtual machines ${title}:\n${names.map((name) => `  ${name}\n`).join('')}`;
  return [
    block(
      'already exist',
      there.map(({ name }) => name),
    ),
    block(
      'are set to be created',
      made.map(({ name }) => name),
    ),
    block(
      'are set to be destroyed',
      pruned.map(({ machine }) => machine.name),
    ),
  ].join('');
}

/** Salt says no more than the first of a machine that is there; how it differs from the map is worth knowing. */
function standing({ parsed, directory }: Session, { action, reason, changes }: PlannedAction): string {
  if (action === 'keep') return 'Already running.';
  const drift = changes.map(({ what, from, to }) => `${what} is ${from ?? 'none'}, not ${to ?? 'none'}`).join('; ');
  const apply = `saltern apply -c ${directory} -m ${parsed.text('map')}`;
  return `Already exists, but differs from the map: ${drift || reason}. To change it: ${apply}`;
}

async function make(session: Session, fleet: Fleet, map: FleetMap, actions: readonly PlannedAction[]): Promise<Made> {
  const { client, bundle } = fleet;
  const steps = (name: string) => {
    const machine = map.machines.find((each) => each.name === name);
    return machine?.overrides?.deploy ?? stepsOf(bundle, machine?.profile ?? '');
  };
  if (actions.length === 0) return { seen: [], failureOf: () => null, code: 0, steps };
  for (const { name } of actions) session.log.info(`Creating Cloud VM ${name}`);
  const expect = actions.map(({ name, action, nativeId, fingerprint }) => ({ name, action, nativeId, fingerprint }));
  const body = { map, only: actions.map(({ name }) => name), expect };
  const { operation, machines, left } = await client.request('POST', '/v1/maps/apply', { body: body as never });
  for (const { name, reason } of left) session.log.error(`${name}: left as it is: ${reason}`);
  const ended = await followed(session, client, operation.id);
  return { seen: await seenNow(client, fleet.providers, machines), ...ended, steps };
}
