import { EXIT_CODES } from '../../../client/generated.ts';
import { openFleet } from './fleet.ts';
import { mapMembers } from './members.ts';
import { askAll, type View } from './query.ts';
import type { Answer, Session } from './session.ts';
import { Tree } from './tree.ts';

/** Only the map's machines; one that its provider does not have is `Absent`, one whose provider did not answer `Unknown`. */
export async function queryMap(session: Session, map: string, show: View): Promise<Answer> {
  const fleet = await openFleet(session, { map });
  const members = mapMembers(fleet, session.parsed.words);
  const providers = fleet.providers.filter((provider) => members.some((member) => member.provider === provider));
  const asked = await askAll(session, fleet, providers);
  const tree = new Tree();
  for (const { name, provider } of members) {
    const answer = asked.find((each) => each.provider === provider);
    const bearers = answer?.seen?.filter((each) => each.name === name) ?? [];
    if (bearers.length === 0) tree.add(provider, name, answer?.seen ? 'Absent' : 'Unknown');
    bearers.sort((a, b) => Number(a.machine === null) - Number(b.machine === null));
    bearers.forEach((each, i) => {
      tree.add(provider, i === 0 ? name : `${name} (${each.nativeId})`, show(each));
    });
  }
  const failure = asked.find((each) => each.failure !== 0)?.failure ?? 0;
  return { data: tree.data(), code: failure || (members.length === 0 ? EXIT_CODES.not_found : 0) };
}
