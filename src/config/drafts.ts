import { nearest } from '../lib/nearest.ts';
import type { ProfileInput, ProviderInput } from './bundle.ts';
import { type Place, positionOf, tell, valueRange } from './place.ts';

/** What the files said so far, with where, so that the whole can be checked once all are read. */
export interface Drafts {
  readonly providers: Map<string, Draft<ProviderInput>>;
  readonly profiles: Map<string, Draft<ProfileInput>>;
  /** Salt: profile keys written in a provider, that its profiles inherit. */
  readonly inherited: Map<string, readonly Place[]>;
}

export interface Draft<Input> {
  /** Null when it is too wrong to be used; its name is taken all the same. */
  readonly input: Input | null;
  readonly place: Place;
  /** Where a profile names its provider, and the driver it names there (Salt's `alias:driver`). */
  readonly provider?: { readonly place: Place; readonly name: string; readonly driver: string | null };
}

/** Takes a provider or profile in, or tells where its name is taken already. */
export function addDraft<Input>(drafts: Map<string, Draft<Input>>, kind: string, draft: Draft<Input>): void {
  const { place } = draft;
  const before = drafts.get(place.key);
  if (before === undefined) return void drafts.set(place.key, draft);
  const { file, line, column } = positionOf(before.place);
  tell(place, `there is a ${kind} "${place.key}" already, at ${file}:${line}:${column}`, {
    expected: 'each name once',
  });
}

/** `file:line`, with the whole path: it is read from anywhere. */
export function originOf(place: Place): string {
  return `${place.reading.source.path}:${positionOf(place).line}`;
}

/** Tells of profiles whose provider is in no file. */
export function checkReferences({ providers, profiles }: Drafts): void {
  for (const { provider } of profiles.values()) {
    if (provider === undefined) continue;
    const { place, name, driver } = provider;
    const target = providers.get(name);
    const names = [...providers.keys()];
    if (target === undefined) {
      const expected = names.length > 0 ? names.join(', ') : 'a provider, but no file has any';
      tell(place, `there is no provider "${name}"`, { expected, nearest: nearest(name, names), at: valueRange(place) });
    } else if (driver !== null && target.input !== null && target.input.driver !== driver) {
      const message = `provider "${name}" has the driver "${target.input.driver}", not "${driver}"`;
      tell(place, message, { expected: `${name}, or ${name}:${target.input.driver}`, at: valueRange(place) });
    }
  }
}
