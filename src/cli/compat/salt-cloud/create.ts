import { ApiError } from '../../../client/error.ts';
import { type CreateMachines, EXIT_CODES } from '../../../client/generated.ts';
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
  const wanted = wantedOf(session, fleet, name);
  const ask = () => choose(session, fleet, wanted, names);
  const choice = await explainImage(fleet.client, profile.provider, () => namely(names, ask));
  const data: Record<string, Data> = {};
  for (const { name: taken, reason } of choice.taken) {
    log.error(reason);
    data[taken] = { Error: reason };
  }
  const code = choice.taken.length > 0 ? EXIT_CODES.conflict : 0;
  if (choice.free.length === 0) return { data, code };
  for (const each of choice.free) log.info(`Creating Cloud VM ${each}`);
  const body = { ...wanted, names: choice.free };
  const { operation, machines } = await fleet.client.request('POST', '/v1/machines', { body });
  const ended = await followed(session, fleet.client, operation.id);
  const seen = await seenNow(fleet.client, fleet.providers, machines);
  const made: Made = { seen, ...ended, steps: () => wanted.overrides?.deploy ?? stepsOf(fleet.bundle, name) };
  return { data: { ...data, ...madeData(session, made) }, code: made.code || code };
};

/** A name that cannot be one is told as it was typed. */
async function namely<T>(names: readonly string[], ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const at = error instanceof ApiError ? /^names\.(\d+)/.exec(error.field ?? '')?.[1] : undefined;
    if (!(error instanceof ApiError) || at === undefined) throw error;
    throw new CliError(error.code, `${names[Number(at)]}: ${error.message.replace(/^[\w.]+: /, '')}`);
  }
}

async function undefinedProfile({ log }: Session, { bundle }: Fleet, name: string): Promise<Answer> {
  const driver = bundle.absent.profiles.get(name);
  if (driver !== undefined) {
    const message = `Profile ${name} is of the driver ${driver}, which is not here`;
    log.error(message);
    return { data: { Error: message }, code: EXIT_CODES.unsupported };
  }
  const { nearest } = await import('../../../lib/nearest.ts');
  const names = bundle.profiles.map((each) => each.name);
  const near = nearest(name, names);
  const message = `Profile ${name} is not defined`;
  log.error(near ? `${message}; did you mean ${near}?` : message);
  return { data: { Error: message }, code: EXIT_CODES.not_found };
}

/** What is asked for, but for the names. */
type Wanted = Omit<CreateMachines, 'names'>;

function wantedOf(session: Session, { bundle }: Fleet, profile: string): Wanted {
  const location = session.parsed.text('location');
  const overrides = overridesFor(session, bundle, profile);
  return { profile, ...(location !== null && { location }), ...(overrides && { overrides }) };
}

async function choose({ log }: Session, { client, providers }: Fleet, wanted: Wanted, names: readonly string[]) {
  const plan = await client.request('POST', '/v1/machines/plan', { body: { ...wanted, names } });
  for (const note of plan.notes) log.info(note);
  const { alias, driver } = providers.find(({ name }) => name === plan.provider.name) ?? {};
  const free = plan.machines.filter(({ action }) => action === 'create' || action === 'enrol');
  const taken = plan.machines.flatMap(({ name, action, reason }) => {
    if (action === 'create' || action === 'enrol') return [];
    const why = action === 'conflict' && reason ? `: ${reason}` : '';
    return [{ name, reason: `${name} already exists under ${alias}:${driver}${why}` }];
  });
  return { free: free.map(({ name }) => name), taken };
}
