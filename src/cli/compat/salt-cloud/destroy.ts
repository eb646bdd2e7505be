import { EXIT_CODES } from '../../../client/generated.ts';
import { confirmed } from './confirm.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { errorData, followed } from './follow.ts';
import { mapMembers } from './members.ts';
import { repr } from './output/python.ts';
import type { Answer, Command, Session } from './session.ts';
import { findTargets, type Target } from './targets.ts';
import { Tree } from './tree.ts';

/** `-d NAMES` and `-d -m MAP`. */
export const destroy: Command = async (session) => {
  const { parsed, call } = session;
  const map = parsed.text('map');
  if (map !== null && parsed.words.length > 0) {
    const both = `a mapfile, '${map}', in addition to instance names ${repr(parsed.words)}`;
    const choose = 'Please choose to delete either the entire map file or individual instances.';
    session.log.error(`Supplying ${both} with the '--destroy' or '-d' function is not supported. ${choose}`);
    return { data: null, code: EXIT_CODES.invalid, refused: true };
  }
  const fleet = await openFleet(session, { ...(map !== null && { map }) });
  const members = map === null ? null : mapMembers(fleet, []);
  const found = await findTargets(session, fleet, members?.map(({ name }) => name) ?? parsed.words);
  const { missing, code } = found;
  // A machine of that name elsewhere is not the map's.
  const targets = found.targets.filter(
    ({ machine, provider }) => members?.some((it) => it.name === machine.name && it.provider === provider) ?? true,
  );
  if (targets.length === 0) {
    call.stdout.write('No machines were found to be destroyed\n');
    return { data: null, code: code || (map === null ? EXIT_CODES.not_found : 0) };
  }
  if (!(await confirmed(session, destroyMessage(targets)))) return { data: {}, code: 0 };
  const done = await destroyAll(session, fleet, targets);
  // Of a map, machines that are gone already are as they should be.
  if (map !== null || missing.length === 0) return { ...done, code: done.code || code };
  const data = { ...(done.data as object), 'Not Found': missing };
  return { data, code: done.code || code || EXIT_CODES.not_found };
};

/** In Salt's words, by alias and driver. */
export function destroyMessage(targets: readonly Target[]): string {
  const lines = ['The following virtual machines are set to be destroyed:'];
  const groups = Map.groupBy(targets, ({ provider }) => provider);
  for (const [{ alias, driver }, members] of groups) {
    lines.push(`  ${alias}:`, `    ${driver}:`, ...members.map(({ machine }) => `      ${machine.name}`));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Ends the machines, each known by its id. Machines that were there before us are forgotten instead: as Salt's saltify takes
 * its own traces away and leaves the box.
 */
export async function destroyAll(session: Session, { client }: Fleet, targets: readonly Target[]): Promise<Answer> {
  const tree = new Tree();
  let code = 0;
  const enrolled = targets.filter(({ machine }) => machine.origin === 'enrolled');
  const ours = targets.filter(({ machine }) => machine.origin !== 'enrolled');
  for (const [verb, members] of [['destroy', ours] as const, ['forget', enrolled] as const]) {
    if (members.length === 0) continue;
    const imported = verb === 'destroy' && session.parsed.flag('imported');
    const body = { machines: members.map(({ machine }) => machine.id), ...(imported && { imported }) };
    const { operation } = await client.request('POST', `/v1/machines/${verb}`, { body });
    const ended = await followed(session, client, operation.id);
    code ||= ended.code;
    for (const { machine, provider } of members) {
      const failure = ended.failureOf(machine.id);
      if (failure) session.log.error(`${machine.name}: ${failure.message}`);
      tree.add(provider, machine.name, failure ? errorData(failure) : true);
    }
  }
  return { data: tree.data(), code };
}
