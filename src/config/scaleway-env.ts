import { join } from 'node:path';
import { nearest } from '../lib/nearest.ts';
import type { Position, Problem, ProviderInput } from './bundle.ts';
import { attempt, childOf, entriesOf, isNothing, openReading, type Place, root, tell } from './place.ts';
import { text } from './readers.ts';
import { displayPath, parseSource, readText, wholeFile } from './source.ts';

/** A provider's setting, the variable of Scaleway's official tools, and the key in their configuration file. */
const SOURCES = [
  ['access_key', 'SCW_ACCESS_KEY', 'access_key'],
  ['token', 'SCW_SECRET_KEY', 'secret_key'],
  ['project_id', 'SCW_DEFAULT_PROJECT_ID', 'default_project_id'],
  ['organization_id', 'SCW_DEFAULT_ORGANIZATION_ID', 'default_organization_id'],
  ['zone', 'SCW_DEFAULT_ZONE', 'default_zone'],
  ['region', 'SCW_DEFAULT_REGION', 'default_region'],
  ['api_url', 'SCW_API_URL', 'api_url'],
] as const;
type Setting = (typeof SOURCES)[number][0];
type Defaults = ReadonlyMap<Setting, { readonly value: string; readonly from: string }>;

interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
}

/**
 * What Scaleway's official tools would use: the environment wins over the chosen profile of their file, that over the file's
 * top level. Source: Scaleway's documentation of `scw config`.
 */
export function scalewayDefaults(around: Surroundings, problems: Problem[]): Defaults {
  const { env, home, cwd } = around;
  const defaults = new Map<Setting, { value: string; from: string }>();
  const path = env['SCW_CONFIG_PATH'] || join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'scw', 'config.yaml');
  const file = displayPath(path, cwd);
  attempt(file, problems, () => {
    for (const { place, from } of scwPlaces(path, file, around, problems)) {
      for (const [setting, , key] of SOURCES) {
        const child = childOf(place, key);
        const value = child && !isNothing(child.node) && text(child);
        if (value) defaults.set(setting, { value, from });
      }
    }
  });
  for (const [setting, variable] of SOURCES) {
    const value = env[variable];
    if (value) defaults.set(setting, { value, from: variable });
  }
  return defaults;
}

/** The file's top level, then the profile in use, so that the latter overrides. */
function scwPlaces(path: string, file: string, { env, home, cwd }: Surroundings, problems: Problem[]) {
  const read = readText(path);
  if ('failure' in read) {
    if (env['SCW_CONFIG_PATH']) problems.push(wholeFile(file, `SCW_CONFIG_PATH names this file: ${read.failure}`));
    return [];
  }
  const source = parseSource({ path, file, text: read.text }, '1.2', problems);
  if (source === null) return [];
  const top = root(openReading({ source, env: null, home, cwd, problems, positions: new Map() }), '');
  if (entriesOf(top) === null) return [];
  const active = childOf(top, 'active_profile');
  const name = env['SCW_PROFILE'] || (active && text(active));
  const places: { place: Place; from: string }[] = [{ place: top, from: file }];
  if (!name) return places;
  const profiles = childOf(top, 'profiles');
  const profile = profiles && childOf(profiles, name);
  if (profile) return [...places, { place: profile, from: `profile ${name} of ${file}` }];
  const names = ((profiles && entriesOf(profiles)) ?? []).map(({ key }) => key);
  const chosenBy = env['SCW_PROFILE'] ? 'SCW_PROFILE' : 'active_profile';
  const advice = { expected: names.join(', ') || 'a profile, but the file has none', nearest: nearest(name, names) };
  tell(profiles ?? top, `there is no profile "${name}", that ${chosenBy} names`, advice);
  return places;
}

/** Fills in what a Scaleway provider leaves open. What is written in it wins over all. */
export function withDefaults(provider: ProviderInput, defaults: Defaults): ProviderInput {
  const { settings } = provider;
  const has = (...keys: string[]) => keys.some((key) => settings[key] !== undefined && settings[key] !== null);
  const same = (setting: Setting, ...keys: string[]) => {
    const written = keys.map((key) => settings[key]).find((value) => value !== undefined && value !== null);
    const value = defaults.get(setting)?.value;
    return written === undefined || value === undefined || written === value;
  };
  // Half a pair of credentials, or a project that belongs to others, would only lead to puzzling refusals.
  const sameKey = same('access_key', 'access_key') && same('token', 'token', 'secret_key');
  const open: Readonly<Record<Setting, boolean>> = {
    access_key: sameKey && !has('access_key'),
    token: sameKey && !has('token', 'secret_key'),
    project_id: sameKey && !has('project_id'),
    organization_id: sameKey && !has('organization_id'),
    zone: !has('zone', 'zones', 'region'),
    region: !has('zone', 'zones', 'region') && !defaults.has('zone'),
    api_url: !has('api_url'),
  };
  const filled = [...defaults].filter(([setting]) => open[setting]);
  return {
    ...provider,
    settings: { ...settings, ...Object.fromEntries(filled.map(([key, { value }]) => [key, value])) },
    from: Object.fromEntries(filled.map(([key, { from }]) => [key, from])),
  };
}

const HINT = 'Write them, or set SCW_ACCESS_KEY and SCW_SECRET_KEY, or run `scw init`, whose file is read too.';

/** What to do about a provider that nobody said the credentials of; null when they are there. */
export function withoutCredentials({ name, settings }: ProviderInput, at: Position | null): Problem | null {
  const isThere = (key: string) => settings[key] !== undefined && settings[key] !== null;
  const missing = [
    ...(isThere('access_key') ? [] : ['access_key']),
    ...(isThere('token') || isThere('secret_key') ? [] : ['token']),
  ];
  if (at === null || missing.length === 0) return null;
  return { level: 'error', message: `the provider "${name}" has no ${missing.join(' and no ')}`, hint: HINT, ...at };
}
