import { attached } from './attached.ts';
import type { ProfileInput } from './bundle.ts';
import { deploySteps, eitherOf, sshPublicKey } from './deploy.ts';
import { addDraft, type Drafts, originOf } from './drafts.ts';
import { childOf, entriesOf, type Place, unknownKey } from './place.ts';
import {
  anything,
  defined,
  duration,
  integer,
  list,
  object,
  oneOf,
  plainData,
  type Reader,
  text,
  texts,
  verbatim,
} from './readers.ts';

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

const profile = object(
  {
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
    options: plainData,
  },
  { required: ['provider', 'image'] },
);
type Profile = NonNullable<ReturnType<typeof profile>>;

/** Reads a file of ours: `providers` and `profiles`, each a mapping of names. */
export function readOurs(top: Place, drafts: Drafts): void {
  const each = (read: (place: Place, drafts: Drafts) => void, expected: string): Reader<true> => {
    return (place) => {
      for (const entry of entriesOf(place, expected) ?? []) read(entry, drafts);
      return true;
    };
  };
  const sections = {
    providers: each(readProvider, 'a mapping of provider names'),
    profiles: each(readProfile, 'a mapping of profile names'),
  };
  object(sections, {
    expected: 'a mapping with providers, profiles',
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

function readProfile(place: Place, drafts: Drafts): void {
  const it = profile(place);
  const named = it?.provider === undefined ? null : childOf(place, 'provider');
  const provider = it?.provider && named ? { place: named, name: it.provider, driver: null } : undefined;
  addDraft(drafts.profiles, 'profile', { input: it ? profileOf(place, it) : null, place, provider });
}

function profileOf(place: Place, it: Profile): ProfileInput | null {
  const hasUserData = childOf(place, 'user_data') || childOf(place, 'user_data_file');
  const userData = hasUserData
    ? eitherOf(place, it.user_data, it.user_data_file?.content, ['user_data', 'user_data_file'])
    : undefined;
  if (it.provider === undefined || it.image === undefined) return null;
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
