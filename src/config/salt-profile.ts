import type { FirstLogin } from '../core/profile.ts';
import type { ProfileInput } from './bundle.ts';
import { type Drafts, originOf, type ProfileDraft, type ProviderReference } from './drafts.ts';
import { isNothing, type Place, positionOf, readAfresh, renamed, tell, valueRange } from './place.ts';
import { anything, defined, readEntries, text } from './readers.ts';
import { stepsOf } from './salt-deploy.ts';
import { dialectOf, isImageless, scalewaySize } from './salt-dialects.ts';
import { FIELDS, type Fields } from './salt-fields.ts';
import { standingOf } from './salt-keys.ts';
import { isHonoured, isOff } from './salt-standing.ts';
import { rendered, settingsIn } from './salt-template.ts';

/**
 * Reads a profile of Salt's from all entries that hold for it (its own, its parents', its provider's and the main file's, and
 * a map's overrides over them). Keys that mean the same here are mapped, others told of; the driver judges the rest as its
 * options. `place` is what it is called and where: the profile, or a machine of a map.
 */
export function profileFrom(
  place: Place,
  written: readonly Place[],
  { drafts }: { readonly drafts: Drafts },
): Pick<ProfileDraft, 'input' | 'provider'> {
  // A key without a value takes back what it had further up, and no more.
  const entries = written.filter(({ node }) => !isNothing(node));
  readAfresh(entries);
  for (const entry of entries) place.reading.positions.set(`${place.pointer}.${entry.key}`, positionOf(entry));
  const provider = providerOf(entries, drafts);
  const driver = provider ? driverOf(provider, drafts) : '';
  const dialect = dialectOf(driver);
  const options: [string, unknown][] = [];
  const it = readEntries(
    place,
    entries,
    { provider: text, ...FIELDS },
    {
      required: ['provider', ...(isImageless(driver) ? [] : (['image'] as const))],
      others: (entry) => {
        const standing = standingOf(entry.key) ?? standingOf(entry.key, dialect.keys);
        if (standing) isHonoured(entry, standing);
        else options.push([entry.key, anything(renamed(entry, `${place.pointer}.options.${entry.key}`))]);
      },
    },
  );
  if (provider === undefined || (it.image === undefined && !isImageless(driver))) return { input: null, provider };
  const input = defined({
    name: place.key,
    provider: provider.name,
    image: it.image,
    size: sizeOf(it, driver, options),
    location: it.location,
    tags: it.tags,
    ssh: sshOf(it),
    deploy: stepsOf(it, {
      profile: place,
      entries,
      driver,
      provider: `${provider.name.split(':')[0]}:${driver}`,
      drafts,
    }),
    userData: userDataOf(it, entries, drafts),
    login: loginOf(it),
    options: Object.fromEntries([...options, ...hostOf(it, entries, dialect.driver)]),
    origin: originOf(place),
  });
  return { input, provider };
}

/** Where `provider: alias` or `provider: alias:driver` leads: to our name for it. */
export function providerOf(entries: readonly Place[], { providers, salt }: Drafts): ProviderReference | undefined {
  const place = entries.find(({ key }) => key === 'provider');
  const written = place && text(place);
  if (place === undefined || written === undefined) return undefined;
  const [alias = '', driver] = written.split(':', 2);
  const names = salt.names.get(alias);
  const [only, second] = names ?? [];
  if (only === undefined || providers.has(written)) return { place, name: written };
  if (driver === undefined && second !== undefined) {
    const message = `provider "${alias}" has several drivers: the first, "${only}", is taken, as Salt does`;
    tell(place, message, { level: 'warning', expected: names?.join(', ') ?? '', at: valueRange(place) });
  }
  if (driver === undefined || second !== undefined) return { place, name: driver === undefined ? only : written };
  const its = salt.drivers.get(only);
  if (its !== undefined && its !== driver) {
    const message = `provider "${alias}" has the driver "${its}", not "${driver}"`;
    tell(place, message, { expected: `${alias}, or ${alias}:${its}`, at: valueRange(place) });
  }
  return { place, name: only };
}

/** The driver in Salt's words. */
function driverOf({ name }: ProviderReference, { providers, salt }: Drafts): string {
  return salt.drivers.get(name) ?? providers.get(name)?.input?.driver ?? '';
}

/** The size, and what a size in gigabytes means instead. */
function sizeOf(it: Fields, driver: string, options: [string, unknown][]): string | undefined {
  if (it.size === undefined) return it.commercial_type;
  if (driver !== 'scaleway') return it.commercial_type ?? text(it.size);
  const { size, rootGb } = scalewaySize(it.size, it.commercial_type !== undefined);
  if (rootGb !== undefined && !options.some(([key]) => key === 'root_volume')) {
    options.push(['root_volume', { size_gb: rootGb }]);
  }
  return it.commercial_type ?? size;
}

const REACH = { public_ips: 'public', private_ips: 'private' } as const;

function sshOf(it: Fields): ProfileInput['ssh'] {
  const reach = it.ssh_interface && REACH[it.ssh_interface];
  const timeoutMs = Math.max(it.ssh_connect_timeout ?? 0, it.wait_for_passwd_timeout ?? 0) || undefined;
  const ssh: ProfileInput['ssh'] = defined({
    users: it.ssh_username,
    port: it.ssh_port,
    reach,
    timeoutMs,
    jump: jumpOf(it.ssh_gateway ? it : (it.gateway ?? {})),
  });
  return Object.keys(ssh).length > 0 ? ssh : undefined;
}

type Gateway = Pick<Fields, 'ssh_gateway' | 'ssh_gateway_port' | 'ssh_gateway_user' | 'ssh_gateway_username'>;

function jumpOf(it: Gateway): NonNullable<ProfileInput['ssh']>['jump'] | undefined {
  if (!it.ssh_gateway) return undefined;
  const { host, port } = it.ssh_gateway;
  const user = it.ssh_gateway_username ?? it.ssh_gateway_user ?? 'root';
  return { host, port: it.ssh_gateway_port ?? port ?? 22, user, hostKey: null };
}

function loginOf(it: Fields): FirstLogin | undefined {
  const privateKey = it.key_filename ?? it.ssh_keyfile ?? it.ssh_key_file ?? it.private_key;
  const login = defined({ password: it.password ?? it.ssh_password, privateKey });
  return Object.keys(login).length > 0 ? login : undefined;
}

/** The file as it is, unless a renderer is named for it. */
function userDataOf(it: Fields, entries: readonly Place[], { salt }: Drafts): string | undefined {
  const { userdata_file: file, userdata_template: template } = it;
  if (template === undefined || isOff(template)) return file?.content;
  if (file === undefined) {
    return void tell(template, '"userdata_template" has no effect without "userdata_file"', { level: 'warning' });
  }
  const renderer = text(template);
  if (renderer === 'jinja') {
    return rendered(template, file, { opts: { ...settingsIn(salt.main), ...settingsIn(entries) } })?.content;
  }
  const hint = 'Render it and name the result under `userdata_file`.';
  return void tell(template, `the renderer "${renderer}" is not here`, {
    expected: 'jinja',
    hint,
    at: valueRange(template),
  });
}

/** Where an existing machine is; elsewhere the provider tells the address. */
function hostOf(it: Fields, entries: readonly Place[], driver: string): [string, string][] {
  if (it.ssh_host === undefined) return [];
  if (driver === 'ssh') return [['host', it.ssh_host]];
  const entry = entries.find(({ key }) => key === 'ssh_host');
  const message = '"ssh_host" has no effect: the address is the one that the provider tells';
  if (entry) tell(entry, message, { level: 'warning' });
  return [];
}
