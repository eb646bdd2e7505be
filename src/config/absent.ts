import { nearest } from '../lib/nearest.ts';
import { type Place, tell, valueRange } from './place.ts';

/**
 * What Salt's files say of drivers that nobody has here, with those drivers' names: it is left out, is told once, and is an
 * error only where something asks for it. A directory of ten years holds accounts of clouds long left.
 */
export interface Absent {
  /** The drivers that are here. Null: it is not known, and none is absent. */
  readonly here: readonly string[] | null;
  readonly providers: Map<string, string>;
  readonly profiles: Map<string, string>;
}

export function noneAbsent(here: readonly string[] | null): Absent {
  return { here, providers: new Map(), profiles: new Map() };
}

/** Whether a provider is to be left out. One of ours misspelt is not: that is a mistake. `ours` is our name of the driver. */
export function isAbsent({ here }: Absent, driver: string, ours: string): boolean {
  return here !== null && !here.includes(ours) && nearest(driver, [...here, 'saltify']) === null;
}

/** Tells once, at the first of the providers, what was left out. */
export function tellAbsent(absent: Absent, first: Place): void {
  const { providers, profiles } = absent;
  const names = [...providers].map(([name, driver]) => (name.endsWith(`:${driver}`) ? name : `${name} (${driver})`));
  const whose = providers.size === 1 ? 'a driver that is' : 'drivers that are';
  const used = profiles.size === 0 ? '' : ` with ${counted(profiles.size, 'profile')}`;
  const message = `${counted(providers.size, 'provider')} of ${whose} not here, left out${used}: ${names.join(', ')}`;
  tell(first, message, { level: 'warning', hint: `${hereText(absent)} Salt Cloud goes on with the others.` });
}

/** Something asks for what was left out. `what` is a profile or a provider. */
export function tellNotHere(
  place: Place,
  what: string,
  driver: string,
  absent: Absent,
  at: readonly [number, number] = valueRange(place),
): void {
  const hint = `${hereText(absent)} Leave it to Salt Cloud, and take it out here.`;
  tell(place, `${what} is of the driver "${driver}", which is not here`, { hint, at });
}

function hereText({ here }: Absent): string {
  return `Here are the drivers ${(here ?? []).join(', ')}.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
