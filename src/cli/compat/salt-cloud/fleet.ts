import { homedir } from 'node:os';
import type { Client } from '../../../client/client.ts';
import { DRIVERS, type Provider } from '../../../client/generated.ts';
import type { Bundle, Problem } from '../../../config/bundle.ts';
import { CliError } from '../../base/errors.ts';
import type { Call } from '../../base/verb.ts';
import { saveBundle } from '../../bundle.ts';
import { assertSameEndpoint } from '../../endpoint.ts';
import { profileAround } from '../../problems.ts';
import type { Session } from './session.ts';

/** A provider as Salt's users name it. */
export interface FleetProvider {
  /** In the inventory. */
  readonly name: string;
  readonly alias: string;
  /** Salt's name of the driver. */
  readonly driver: string;
  /** Its machines are there before us: they stand in the inventory alone. */
  readonly existing: boolean;
}

/** The files' providers and profiles, saved in the controller. */
export interface Fleet {
  readonly client: Client;
  readonly bundle: Bundle;
  readonly providers: readonly FleetProvider[];
}

/** Where Salt's name of a driver is another than ours. */
const SALT_DRIVERS: Readonly<Record<string, string>> = { ssh: 'saltify' };

/** What is to be read beside providers and profiles, and how much is told of what is doubtful in them. */
export interface Wanted {
  readonly map?: string;
  /** Machines are to be made, of this profile (or of the map's): what the files will not do for them is told. */
  readonly making?: string;
}

/** Providers of drivers that are not here: their machines are in no answer. */
const LEFT_OUT = /not here, left out/;

/** Reads the directory's files. Every mistake is told at its place; one error ends the command. */
export async function readFiles(session: Session, { map, making }: Wanted = {}): Promise<Bundle> {
  const { call, directory, log } = session;
  const { loadConfig } = await import('../../../config/load.ts');
  const { formatProblem } = await import('../../../config/problem.ts');
  const bundle = await loadConfig({
    files: [],
    saltDir: directory,
    ...(map !== undefined && { map }),
    drivers: DRIVERS,
    cwd: call.cwd,
    env: call.env,
    home: homedir(),
  });
  for (const problem of bundle.problems) {
    if (problem.level === 'warning' && !concerns(bundle, problem, call, making ?? null)) continue;
    const isMinor = making === undefined && !LEFT_OUT.test(problem.message);
    const tell = problem.level === 'error' ? log.error : isMinor ? log.info : log.warning;
    tell(formatProblem(problem).replace(`: ${problem.level}: `, ': '));
  }
  const errors = bundle.problems.filter(({ level }) => level === 'error').length;
  if (errors > 0) {
    const what = `${errors} ${errors === 1 ? 'error' : 'errors'} in the configuration; nothing was done`;
    throw new CliError('invalid', what);
  }
  return bundle;
}

/** False for what stands inside a profile that is not used now. */
function concerns(bundle: Bundle, problem: Problem, { cwd }: Call, making: string | null): boolean {
  const around = profileAround(bundle, problem, cwd);
  if (around === null || making === null) return around === null;
  return around === making || bundle.maps.some(({ machines }) => machines.some((it) => it.profile === around));
}

/** Reads the files and saves what they say, so that the controller works on it. */
export async function openFleet(session: Session, wanted: Wanted = {}): Promise<Fleet> {
  const bundle = await readFiles(session, wanted);
  const client = await session.call.client();
  await saveBundle(client, bundle);
  const { items } = await client.request('GET', '/v1/providers');
  const providers = providersOf(bundle, items);
  for (const row of items) {
    if (providers.some(({ name }) => name === row.name)) assertSameEndpoint(session.call, row);
  }
  return { client, bundle, providers };
}

/** `rows`: what the controller says of them. */
export function providersOf(bundle: Bundle, rows: readonly Provider[] = []): FleetProvider[] {
  return bundle.providers.map(({ name, driver }) => ({
    name,
    alias: name.split(':')[0] ?? name,
    driver: SALT_DRIVERS[driver] ?? driver,
    existing: rows.find((row) => row.name === name)?.features?.existing ?? false,
  }));
}

/** The providers that a word means: `all`, an alias, a driver, or `alias:driver`. `what` begins the error. */
export function lookUp(
  providers: readonly FleetProvider[],
  word: string,
  what: string,
  absent: ReadonlyMap<string, string> = new Map(),
): readonly FleetProvider[] {
  if (providers.length === 0) throw new CliError('not_found', `${what}: There are no cloud providers configured.`);
  const found = providers.filter(
    ({ alias, driver }) => word === 'all' || [alias, driver, `${alias}:${driver}`].includes(word),
  );
  if (found.length > 0) return found;
  const left = [...absent].find(([name, driver]) => [name, driver, name.split(':')[0]].includes(word.split(':')[0]));
  if (left) throw new CliError('unsupported', `${what}: '${word}' is of the driver '${left[1]}', which is not here.`);
  const several = (alias: string) => providers.filter((each) => each.alias === alias).length > 1;
  const available = providers.map(({ alias, driver }) => (several(alias) ? `${alias}:${driver}` : alias));
  const selections = `Available selections: ${[...new Set(available)].join(', ')}`;
  throw new CliError('not_found', `${what}: No cloud providers matched '${word}'. ${selections}`);
}
