import { EXIT_CODES } from '../../../client/generated.ts';
import { confirmed } from './confirm.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { type Ended, errorData, followed } from './follow.ts';
import { lookAround, seenMachine } from './nodes.ts';
import type { Data } from './output/data.ts';
import { UsageError } from './parse.ts';
import type { Answer, Command, Session } from './session.ts';
import { ACTION_STATES, isMapAction, type MapAction } from './states.ts';
import { findTargets, type Target } from './targets.ts';
import { Tree } from './tree.ts';

/** `-a ACTION NAMES [key=value …]` and `-a ACTION -m MAP`. */
export const runAction: Command = async (session) => {
  const { parsed, log } = session;
  const action = parsed.text('action') ?? '';
  const map = parsed.text('map');
  if (map !== null && !isMapAction(action)) {
    log.error(
      `The use of '${action}' as an action is not supported in this context. Only 'start', 'stop', and 'reboot' are supported options.`,
    );
    throw new UsageError('There was an error actioning virtual machines.');
  }
  const named = parsed.words.filter((word) => !word.includes('='));
  for (const word of parsed.words)
    if (word.includes('=')) log.warning(`${action} takes no arguments: ${word} is not used`);
  const fleet = await openFleet(session, { ...(map !== null && { map }) });
  const wanted = map === null ? named : await mapNames(fleet, action, named);
  const message = wanted.map((name) => `  ${name}\n`).join('');
  const question = `The following virtual machines are set to be actioned with "${action}":\n${message}`;
  if (!(await confirmed(session, question))) return { data: {}, code: 0 };
  const { targets, missing, code } = await findTargets(session, fleet, wanted);
  const done = isMapAction(action)
    ? await change(session, fleet, targets, action)
    : action === 'show_instance'
      ? await show(fleet, targets)
      : invalid(targets, action);
  if (missing.length === 0) return { ...done, code: done.code || code };
  const data = { ...(done.data as object), 'Not Actioned/Not Running': missing, 'Not Found': missing };
  return { data, code: done.code || code || EXIT_CODES.not_found };
};

/** The map's machines in a state that the action is for, as Salt chooses them. */
async function mapNames({ client, bundle, providers }: Fleet, action: string, named: readonly string[]) {
  const states: readonly string[] = isMapAction(action) ? ACTION_STATES[action] : [];
  const members = new Set(bundle.maps.flatMap(({ machines }) => machines.map(({ name }) => name)));
  const seen = await Promise.all(providers.map((provider) => lookAround(client, provider)));
  return seen
    .flatMap((look) => look.seen)
    .filter(({ name, state }) => members.has(name) && states.includes(state))
    .map(({ name }) => name)
    .filter((name) => named.length === 0 || named.includes(name));
}

/** What an action leaves behind, in Salt's word. */
const AFTER = { start: 'running', stop: 'stopped', reboot: 'running' } as const satisfies Record<MapAction, string>;

async function change(session: Session, { client }: Fleet, targets: readonly Target[], action: MapAction) {
  const tree = new Tree();
  if (targets.length === 0) return { data: tree.data(), code: 0 };
  const able = targets.filter(({ machine }) => machine.can[action]);
  let code = 0;
  let failureOf: Ended['failureOf'] = () => null;
  if (able.length > 0) {
    const body = { machines: able.map(({ machine }) => machine.id) };
    const { operation } = await client.request('POST', `/v1/machines/${action}`, { body });
    ({ failureOf, code } = await followed(session, client, operation.id));
  }
  for (const { machine, provider } of targets) {
    const { name, status } = machine;
    const unable = { message: `${name} is ${status}: it cannot ${action} now` };
    const failure = able.some((each) => each.machine.id === machine.id) ? failureOf(machine.id) : unable;
    if (failure) session.log.error(`${name}: ${failure.message}`);
    if (failure === unable) code ||= EXIT_CODES.conflict;
    tree.add(provider, name, failure ? errorData(failure) : { success: true, action, state: AFTER[action] });
  }
  return { data: tree.data(), code };
}

async function show({ client }: Fleet, targets: readonly Target[]): Promise<Answer> {
  const tree = new Tree();
  for (const { machine, provider } of targets) {
    const seen = (await lookAround(client, provider)).seen.find((each) => each.machine?.id === machine.id);
    tree.add(provider, machine.name, (seen ?? seenMachine(machine)).full);
  }
  return { data: tree.data(), code: 0 };
}

/** Actions that there are not, with the machines that they were meant for. */
function invalid(targets: readonly Target[], action: string): Answer {
  const actions: Record<string, Data> = {};
  for (const [driver, members] of Map.groupBy(targets, ({ provider }) => provider.driver)) {
    actions[`${driver}.${action}`] = members.map(({ machine }) => machine.name);
  }
  if (targets.length === 0) return { data: {}, code: 0 };
  return { data: { 'Invalid Actions': actions }, code: EXIT_CODES.unsupported };
}
