import { attached } from './attached.ts';
import type { ProfileInput } from './bundle.ts';
import { deploySteps, eitherOf, sshPublicKey } from './deploy.ts';
import { addDraft, type Drafts, originOf, type ProfileDraft } from './drafts.ts';
import { login } from './login.ts';
import { childOf, entriesOf, type Place, readAfresh, readAt, unknownKey } from './place.ts';
import {
  anything,
  bool,
  defined,
  duration,
  integer,
  list,
  type Output,
  object,
  oneOf,
  plainData,
  readEntries,
  text,
  texts,
} from './readers.ts';
import { isImageless } from './salt-dialects.ts';
import { type Reader, verbatim } from './scalar.ts';

export const port = integer(1, 65_535);

const limits = object({ concurrency: integer(1), requests_per_second: integer(1), burst: integer(1) });

const ssh = object({
  users: texts,
  port,
  reach: oneOf(['public', 'private']),
  timeout: duration,
  authorized_keys: list(sshPublicKey, 'a list of SSH public keys'),
  jump: object({ host: text, port, user: text, host_key: sshPublicKey }, { required: ['host'] }),
});

/** The keys of a profile; a machine of `machines` may have any of them as well. */
const FIELDS = {
  provider: text,
  image: text,
  size: text,
  location: text,
  tags: list(text, 'a list of texts'),
  ssh,
  deploy: deploySteps,
  user_data: verbatim,
  user_data_file: attached,
  on_failure: oneOf(['keep', 'retry', 'destroy']),
  protect: bool,
  login,
  options: plainData,
};
type Profile = Output<typeof FIELDS>;

export function isProfileKey(key: string): boolean {
  return Object.hasOwn(FIELDS, key);
}

/** Reads a file of ours: `providers`, `profiles` and `machines`, each a mapping of names. */
export function readOurs(top: Place, drafts: Drafts): void {
  const each = (read: (place: Place, drafts: Drafts) => unknown, expected: string): Reader<true> => {
    return (place) => {
      for (const entry of entriesOf(place, expected) ?? []) read(entry, drafts);
      return true;
    };
  };
  const sections = {
    providers: each(readProvider, 'a mapping of provider names'),
    profiles: each((entry) => drafts.ours.push(entry), 'a mapping of profile names'),
    machines: (place: Place) => void drafts.machines.push(place),
  };
  object(sections, {
    expected: 'a mapping with providers, profiles, machines',
    others: (entry) => {
      const isSalt = childOf(entry, 'driver') !== null || childOf(entry, 'provider') !== null;
      unknownKey(entry, Object.keys(sections), isSalt ? SALT_HINT : undefined);
    },
  })(top);
}

const SALT_HINT = "Salt Cloud's own files are read from their directory, with -c DIRECTORY.";

function readProvider(place: Place, drafts: Drafts): void {
  const settings: [string, unknown][] = [];
  const it = object(
    { driver: text, limits },
    {
      required: ['driver'],
      expected: "a mapping with driver and the driver's own settings",
      others: (entry) => settings.push([entry.key, anything(entry)]),
    },
  )(place);
  const input = it?.driver
    ? defined({
        name: place.key,
        driver: it.driver,
        settings: Object.fromEntries(settings),
        limits: it.limits && limitsOf(it.limits),
        from: {},
        origin: originOf(place),
      })
    : null;
  addDraft(drafts.providers, 'provider', { input, place });
}

/** Reads the profiles of our files, when every provider is known. */
export function resolveOurs(drafts: Drafts): void {
  for (const place of drafts.ours) readAt(place, () => readProfile(place, drafts));
}

function readProfile(place: Place, drafts: Drafts): void {
  const entries = entriesOf(place, `a mapping with ${Object.keys(FIELDS).join(', ')}`);
  addDraft(drafts.profiles, 'profile', {
    ...(entries ? ourProfileFrom(place, entries, drafts) : { input: null }),
    place,
  });
}

/** Reads a profile of ours from its entries, with those of a machine over them. */
export function ourProfileFrom(
  place: Place,
  entries: readonly Place[],
  { providers }: Drafts,
): Pick<ProfileDraft, 'input' | 'provider'> {
  readAfresh(entries);
  const named = entries.find(({ key }) => key === 'provider');
  const driver = providers.get(named ? (text(named) ?? '') : '')?.input?.driver ?? '';
  const it = readEntries(place, entries, FIELDS, {
    required: ['provider', ...(isImageless(driver) ? [] : (['image'] as const))],
  });
  const provider = it.provider !== undefined && named ? { place: named, name: it.provider } : undefined;
  return { input: profileOf(place, entries, it, driver), provider };
}

function profileOf(place: Place, entries: readonly Place[], it: Profile, driver: string): ProfileInput | null {
  const given = (...keys: string[]) => entries.some(({ key }) => keys.includes(key));
  const userData = given('user_data', 'user_data_file')
    ? eitherOf({ ...place, merged: entries }, it.user_data, it.user_data_file?.content, ['user_data', 'user_data_file'])
    : undefined;
  if (it.provider === undefined || (it.image === undefined && !isImageless(driver))) return null;
  return defined({
    name: place.key,
    provider: it.provider,
    image: it.image,
    size: it.size,
    location: it.location,
    tags: it.tags,
    ssh: it.ssh && sshOf(it.ssh),
    deploy: it.deploy ?? [],
    userData,
    onFailure: it.on_failure,
    protected: it.protect,
    login: it.login,
    options: it.options ?? {},
    origin: originOf(place),
  });
}

function limitsOf(it: NonNullable<ReturnType<typeof limits>>) {
  return defined({ concurrency: it.concurrency, requestsPerSecond: it.requests_per_second, burst: it.burst });
}

function sshOf(it: NonNullable<ReturnType<typeof ssh>>): ProfileInput['ssh'] {
  const { jump } = it;
  return defined({
    users: it.users,
    port: it.port,
    reach: it.reach,
    timeoutMs: it.timeout,
    authorizedKeys: it.authorized_keys,
    jump: jump?.host
      ? { host: jump.host, port: jump.port ?? 22, user: jump.user ?? 'root', hostKey: jump.host_key ?? null }
      : undefined,
  });
}
