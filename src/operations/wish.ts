import { type DeployStep, deployVersion } from '../core/deploy.ts';
import { SalternError } from '../core/error.ts';
import type { Asked, Machine, MachineRequest } from '../core/machine.ts';
import { machineSecrets } from '../core/machine.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { FirstLogin, OnFailure, Profile, ProfilePrivate, SshSettings } from '../core/profile.ts';
import { profileSecret } from '../core/profile.ts';
import type { Store } from '../core/store.ts';
import type { Overrides } from '../core/wanted.ts';
import { check } from '../lib/check.ts';
import { type CreateRequest, profileOf } from './requests.ts';
import { sshSettings } from './save-config.ts';

/** Everything that one machine is asked for: a profile with what a map or a person wants otherwise. Holds secrets. */
export interface Wish {
  readonly provider: string;
  /** Null for a machine that is enrolled without one. */
  readonly profile: string | null;
  readonly image: string | null;
  readonly size: string | null;
  readonly location: string | null;
  readonly tags: readonly string[];
  readonly ssh: SshSettings;
  readonly deploy: readonly DeployStep[];
  readonly userData: string | null;
  readonly login: FirstLogin | null;
  readonly onFailure: OnFailure;
  readonly protected: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Each override takes the place of what the profile says. */
export async function wishOf(store: Store, profile: Profile, overrides: Overrides = {}): Promise<Wish> {
  const kept = await store.secrets.get(profileSecret(profile.id));
  const hidden: ProfilePrivate = kept ? JSON.parse(kept) : { deploy: [], userData: null, login: null };
  const { ssh, ...given } = definedOnly(overrides);
  const { id, provider, image, size, location, tags, onFailure, options } = profile;
  const wish = { provider, image, size, location, tags, onFailure, protected: profile.protected, options, ...hidden };
  return {
    ...wish,
    ...given,
    profile: id,
    ssh: ssh ? sshSettings({ ...profile.ssh, ...definedOnly(ssh) }) : profile.ssh,
  };
}

/** What a request asks for, in its provider; `invalid` when that cannot be there. */
export async function wishOfRequest(ports: Ports, request: CreateRequest): Promise<{ wish: Wish; open: OpenProvider }> {
  const { overrides, image, size, location, onFailure } = request;
  const profile = await profileOf(ports.store, request.profile);
  const wanted = { ...overrides, ...definedOnly({ image, size, location, onFailure }) };
  const wish = await wishOf(ports.store, profile, wanted);
  const open = await ports.provider(wish.provider);
  const checked = check(open.module.Options, wish.options);
  if (!checked.ok) {
    const { field, message, hint } = checked.problem;
    const setting = field === '' ? 'options' : `options.${field}`;
    throw new SalternError('invalid', `${setting} ${message}`, { field: setting, ...(hint !== null && { hint }) });
  }
  if (wish.image === null && !open.module.features.existing) {
    throw new SalternError('invalid', 'a machine cannot be made without an image', {
      field: 'image',
      hint: 'See them with: saltern image list',
    });
  }
  return { wish, open };
}

/**
 * The part that a machine keeps for itself, encrypted. A first login only as long as it is of use: for one that is enrolled and
 * that our own key has not opened yet.
 */
export function requestOfWish(
  { ssh, deploy, userData, login }: Wish,
  { origin, readyAt }: Pick<Machine, 'origin' | 'readyAt'>,
): MachineRequest {
  return { ssh, deploy, userData, login: origin === 'enrolled' && readyAt === null ? login : null };
}

/** The part that drift is told from later. */
export function askedOf({ image, size, tags, deploy }: Wish): Asked {
  return { image, size, tags, deploy: deployVersion(deploy) };
}

/** Writes the machine's row with all that it is asked for; inside the caller's transaction. */
export async function reserveMachine(store: Store, machine: Machine, wish: Wish): Promise<Machine> {
  await store.secrets.put(machineSecrets.request(machine.id), JSON.stringify(requestOfWish(wish, machine)));
  return store.machines.insert({
    ...machine,
    profile: wish.profile,
    sshPort: wish.ssh.port,
    protected: wish.protected,
    asked: askedOf(wish),
  });
}

/** What `create-machine` is given: no secret is in it. */
export function createInput(machine: string, wish: Wish) {
  const { provider, image, size, location, tags, options, onFailure } = wish;
  if (image === null) throw new SalternError('invalid', 'a machine cannot be made without an image');
  return { machine, provider, image, size, location, tags: [...tags], options, onFailure };
}

function definedOnly<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as T;
}
