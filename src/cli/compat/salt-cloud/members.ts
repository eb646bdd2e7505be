import type { Fleet, FleetProvider } from './fleet.ts';

/** A machine that a map names, with the provider of its profile. */
export interface Member {
  readonly name: string;
  readonly provider: FleetProvider;
}

/** The machines of the map that was read; only those named, when names are given. */
export function mapMembers({ bundle, providers }: Fleet, names: readonly string[]): Member[] {
  return bundle.maps
    .flatMap(({ machines }) => machines)
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .flatMap(({ name, profile }) => {
      const of = bundle.profiles.find((each) => each.name === profile)?.provider;
      const provider = providers.find((each) => each.name === of);
      return provider ? [{ name, provider }] : [];
    });
}
