import type { Machine } from '../../../client/generated.ts';
import { CliError } from '../../base/errors.ts';
import { pages } from '../../pages.ts';
import type { Fleet, FleetProvider } from './fleet.ts';
import { askAll } from './query.ts';
import type { Session } from './session.ts';

/** A machine of the inventory with the provider of the files that it belongs to. */
export interface Target {
  readonly machine: Machine;
  readonly provider: FleetProvider;
}

export interface Targets {
  readonly targets: readonly Target[];
  /** Names that nothing bears. */
  readonly missing: readonly string[];
  /** Of a provider that could not be asked whether it has one of the missing; else 0. */
  readonly code: number;
}

/**
 * The machines that names or patterns mean. Only machines of the inventory are ever worked on: an instance of that name that
 * is not ours is an error, before anything is done.
 */
export async function findTargets(session: Session, fleet: Fleet, names: readonly string[]): Promise<Targets> {
  const targets = new Map<string, Target>();
  const unmatched: string[] = [];
  for (const name of new Set(names)) {
    const found = (await machinesNamed(fleet, name)).flatMap((machine) => {
      const provider = fleet.providers.find((each) => each.name === machine.provider.name);
      return provider ? [{ machine, provider }] : [];
    });
    for (const target of found) targets.set(target.machine.id, target);
    if (found.length === 0) unmatched.push(name);
  }
  const code = unmatched.length > 0 ? await refuseOthers(session, fleet, unmatched) : 0;
  return { targets: [...targets.values()], missing: unmatched, code };
}

async function machinesNamed({ client }: Fleet, name: string): Promise<Machine[]> {
  const byName = await pages((page) => client.request('GET', '/v1/machines', { query: { name, ...page } as never }));
  if (byName.length > 0 || /[*?]/.test(name)) return byName;
  // Salt's -a takes an instance's id too.
  const all = await pages((page) => client.request('GET', '/v1/machines', { query: { ...page } as never }));
  return all.filter(({ id, nativeId }) => id === name || nativeId === name);
}

/** Answers with the exit code of a provider that could not be asked. */
async function refuseOthers(session: Session, fleet: Fleet, names: readonly string[]): Promise<number> {
  const asked = await askAll(session, fleet, fleet.providers);
  for (const { provider, seen } of asked) {
    const stranger = seen?.find((each) => each.machine === null && names.some((name) => matches(name, each.name)));
    if (!stranger) continue;
    const { name, nativeId } = stranger;
    throw new CliError('conflict', `${name} in ${provider.alias} (${nativeId}) was not made here; nothing was done`, {
      hint: `Take it over first: saltern machine import --provider ${provider.name} ${nativeId}`,
    });
  }
  return asked.find(({ failure }) => failure !== 0)?.failure ?? 0;
}

/** A shell pattern with `*` and `?`, as the API takes it. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
