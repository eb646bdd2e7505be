import { ApiError } from '../../../client/error.ts';
import { EXIT_CODES, type Machine } from '../../../client/generated.ts';
import type { FleetMap, ProfileInput } from '../../../config/bundle.ts';
import { CliError } from '../../base/errors.ts';
import { deployNotes, type Made, madeData, overridesFor, stepsOf } from './deployment.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { followed } from './follow.ts';
import { explainImage } from './images-like.ts';
import { seenNow } from './nodes.ts';
import type { Data } from './output/data.ts';
import type { Answer, Command, Session } from './session.ts';

/** `-p PROFILE NAMES`: all at once; a name that is taken is an error of its own. */
export const createFromProfile: Command = async (session) => {
  const { parsed, log } = session;
  const name = parsed.text('profile') ?? '';
  const fleet = await openFleet(session, parsed.flag('noDeploy') ? {} : { making: name });
  const profile = fleet.bundle.profiles.find((each) => each.name === name);
  if (!profile) return undefinedProfile(session, fleet, name);
  deployNotes(session);
  const names = [...new Set(parsed.words)];
  const way = wayOf(session, fleet, profile);
  const choice = await explainImage(fleet.client, profile.provider, () => namely(names, () => way.choose(names)));
  const data: Record<string, Data> = {};
  for (const { name: taken, reason } of choice.taken) {
    log.error(reason);
    data[taken] = { Error: reason };
  }
  const code = choice.taken.length > 0 ? EXIT_CODES.conflict : 0;
  if (choice.free.length === 0) return { data, code };
  for (const each of choice.free) log.info(`Creating Cloud VM ${each}`);
  const { operation, machines } = await way.begin(choice.free);
  const ended = await followed(session, fleet.client, operation.id);
  const seen = await seenNow(fleet.client, fleet.providers, machines);
  const made: Made = { seen, ...ended, steps: () => way.steps };
  return { data: { ...data, ...madeData(session, made) }, code: made.code || code };
};

/** A name that cannot be one is told as it was typed. */
async function namely<T>(names: readonly string[], ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const at =
      error instanceof ApiError ? /^(?:names|map\.machines|only)\.(\d+)/.exec(error.field ?? '')?.[1] : undefined;
    if (!(error instanceof ApiError) || at === undefined) throw error;
    throw new CliError(error.code, `${names[Number(at)]}: ${error.message.replace(/^[\w.]+: /, '')}`);
  }
}

async function undefinedProfile({ log }: Session, { bundle }: Fleet, name: string): Promise<Answer> {
  const { nearest } = await import('../../../lib/nearest.ts');
  const names = bundle.profiles.map((each) => each.name);
  const near = nearest(name, names);
  const message = `Profile ${name} is not defined`;
  log.error(near ? `${message}; did you mean ${near}?` : message);
  return { data: { Error: message }, code: EXIT_CODES.not_found };
}

interface Choice {
  readonly free: readonly string[];
  readonly taken: readonly { readonly name: string; readonly reason: string }[];
}

/** How machines are asked for. */
interface Way {
  choose(names: readonly string[]): Promise<Choice>;
  begin(names: readonly string[]): Promise<{
    readonly operation: { readonly id: string };
    readonly machines: readonly Machine[];
  }>;
  /** What is run on them. */
  readonly steps: ReturnType<Made['steps']>;
}

/** What a creation has no words for (`--no-deploy`, `--script-args`, machines that exist) is said by a map. */
function wayOf(session: Session, fleet: Fleet, profile: ProfileInput): Way {
  const location = session.parsed.text('location');
  const overrides = overridesFor(session, fleet.bundle, profile.name);
  const steps = overrides?.deploy ?? stepsOf(fleet.bundle, profile.name);
  const { alias, driver, existing } = fleet.providers.find(({ name }) => name === profile.provider) ?? {};
  const under = `already exists under ${alias}:${driver}`;
  if (overrides === null && !existing) return { ...directWay(session, fleet, profile, location, under), steps };

  // Its name is of this command and profile alone, and nothing is ever pruned by it.
  const origin = 'salt-cloud -p';
  const wanted = { ...overrides, ...(location !== null && { location }) };
  const mapOf = (names: readonly string[]): FleetMap => ({
    name: `${session.directory} ${origin} ${profile.name}`,
    machines: names.map((name) => ({ name, profile: profile.name, overrides: wanted, origin })),
  });
  return { ...mapWay(fleet, mapOf, under), steps };
}

function directWay({ log }: Session, { client }: Fleet, profile: ProfileInput, location: string | null, under: string) {
  const body = (names: readonly string[]) => ({ names, profile: profile.name, ...(location !== null && { location }) });
  return {
    choose: async (names: readonly string[]): Promise<Choice> => {
      const plan = await client.request('POST', '/v1/machines/plan', { body: body(names) });
      for (const note of plan.notes) log.info(note);
      const free = plan.machines.filter(({ action }) => action === 'create').map(({ name }) => name);
      const taken = plan.machines.flatMap(({ name, action, reason }) => {
        if (action === 'create') return [];
        return [{ name, reason: `${name} ${under}${action === 'conflict' && reason ? `: ${reason}` : ''}` }];
      });
      return { free, taken };
    },
    begin: (names: readonly string[]) => client.request('POST', '/v1/machines', { body: body(names) }),
  };
}

function mapWay({ client }: Fleet, mapOf: (names: readonly string[]) => FleetMap, under: string) {
  const body = (names: readonly string[]) => ({ map: mapOf(names), only: names }) as never;
  return {
    choose: async (names: readonly string[]): Promise<Choice> => {
      const { actions, providers } = await client.request('POST', '/v1/maps/plan', { body: body(names) });
      const unknown = providers.find(({ status }) => status === 'unknown');
      if (unknown) throw new CliError('unavailable', `${unknown.name}: ${unknown.reason ?? 'it cannot be asked'}`);
      const isFree = (action: string) => action === 'create' || action === 'enrol';
      const free = actions.filter(({ action }) => isFree(action)).map(({ name }) => name);
      const taken = actions.flatMap(({ name, action, reason }) => {
        if (isFree(action)) return [];
        return [{ name, reason: action === 'not ours' ? `${name}: ${reason}` : `${name} ${under}` }];
      });
      return { free, taken };
    },
    begin: (names: readonly string[]) => client.request('POST', '/v1/maps/apply', { body: body(names) }),
  };
}
