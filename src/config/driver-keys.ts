import { nearest } from '../lib/nearest.ts';
import type { Position, Problem } from './bundle.ts';
import type { Drafts } from './drafts.ts';
import type { Drivers } from './files.ts';

/**
 * Keys of providers, profiles and machines that their driver does not know, each at its place. What the values are worth only
 * the controller can tell.
 */
export function strangeKeys(
  { providers, profiles, maps }: Drafts,
  drivers: Drivers,
  locate: (pointer: string) => Position | null,
): Problem[] {
  const told = (values: object, at: string, driver: string, kind: 'settings' | 'options'): Problem[] => {
    const known = drivers[driver]?.[kind];
    return Object.keys(values).flatMap((key) => {
      const position = known === undefined || known.includes(key) ? null : locate(`${at}.${key}`);
      if (known === undefined || position === null) return [];
      const meant = nearest(key, known);
      const expected = known.length > 0 ? known.join(', ') : 'nothing: there is nothing to set';
      const message = `the driver "${driver}" does not know "${key}"`;
      return { level: 'error', message, expected, ...(meant !== null && { nearest: meant }), ...position };
    });
  };
  const driverOf = (provider: string) => providers.get(provider)?.input?.driver ?? '';
  const strange = [...providers].flatMap(([name, { input }]) => {
    return input ? told(input.settings, `providers.${name}`, input.driver, 'settings') : [];
  });
  for (const [name, { input }] of profiles) {
    if (input) strange.push(...told(input.options, `profiles.${name}.options`, driverOf(input.provider), 'options'));
  }
  for (const { name, profile, overrides } of maps.flatMap(({ machines }) => machines)) {
    const base = profiles.get(profile)?.input;
    const own = Object.entries(overrides?.options ?? {}).filter(([key]) => !Object.hasOwn(base?.options ?? {}, key));
    strange.push(
      ...told(Object.fromEntries(own), `machines.${name}.options`, driverOf(base?.provider ?? ''), 'options'),
    );
  }
  return strange;
}
