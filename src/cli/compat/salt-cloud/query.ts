import { ApiError } from '../../../client/error.ts';
import { EXIT_CODES } from '../../../client/generated.ts';
import { CliError } from '../../base/errors.ts';
import { type Fleet, type FleetProvider, openFleet } from './fleet.ts';
import { keyed, lookAround, type Seen } from './nodes.ts';
import type { DataMap } from './output/data.ts';
import type { Answer, Command, Session } from './session.ts';
import { Tree } from './tree.ts';

/** What of a machine is shown. */
export type View = (seen: Seen) => DataMap;

/** `-Q`, `-F` and `-S`. */
export const runQuery: Command = async (session) => {
  const { parsed } = session;
  const show = viewOf(session);
  const map = parsed.text('map');
  if (map !== null) return (await import('./map-query.ts')).queryMap(session, map, show);
  const fleet = await openFleet(session);
  return queryProviders(session, fleet, fleet.providers, show);
};

/** All machines of some providers. One that cannot be asked is told as an error; the others are shown. */
export async function queryProviders(
  session: Session,
  fleet: Fleet,
  providers: readonly FleetProvider[],
  show: View,
): Promise<Answer> {
  const tree = new Tree();
  let code = 0;
  for (const { provider, seen, failure } of await askAll(session, fleet, providers)) {
    code ||= failure;
    if (seen === null || seen.length === 0) continue;
    tree.put(provider, Object.fromEntries([...keyed(seen)].map(([key, each]) => [key, show(each)])));
  }
  return { data: tree.data(), code };
}

export interface Asked {
  readonly provider: FleetProvider;
  /** Null when the provider could not be asked: unknown, never empty. */
  readonly seen: readonly Seen[] | null;
  /** Exit code, 0 when it answered. */
  readonly failure: number;
}

/** Asks all providers at once. */
export function askAll(
  { log }: Session,
  { client }: Fleet,
  providers: readonly FleetProvider[],
): Promise<readonly Asked[]> {
  return Promise.all(
    providers.map(async (provider) => {
      try {
        const { seen, lost } = await lookAround(client, provider);
        if (lost.length > 0) log.warning(`${provider.alias} does not show ${lost.join(', ')}, which should be there`);
        return { provider, seen, failure: 0 };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        log.error(`${provider.alias}: ${provider.driver} cannot be asked: ${error.message}`);
        return { provider, seen: null, failure: EXIT_CODES[error.code] };
      }
    }),
  );
}

/** The fields that the option given shows. */
export function viewOf({ parsed, main }: Session): View {
  if (parsed.flag('fullQuery')) return ({ full }) => full;
  return parsed.flag('selectQuery') ? selected(main.selection) : ({ brief }) => brief;
}

/** Only the fields chosen in the main file. */
export function selected(selection: readonly string[] | null): View {
  if (selection === null) {
    throw new CliError('invalid', 'query.selection is not set: which fields are to be shown?', {
      hint: 'List them in the main file (cloud), as: query.selection: [id, state, public_ips]',
    });
  }
  return ({ full }) => Object.fromEntries(Object.entries(full).filter(([key]) => selection.includes(key)));
}
