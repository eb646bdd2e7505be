import { type DeployStep, deployVersion } from '../core/deploy.ts';
import { SalternError } from '../core/error.ts';
import type { Asked, Machine, MachineRequest } from '../core/machine.ts';
import { machineSecrets } from '../core/machine.ts';
import type { FirstLogin, OnFailure, Profile, ProfilePrivate, SshSettings } from '../core/profile.ts';
import { profileSecret } from '../core/profile.ts';
import type { Store } from '../core/store.ts';
import type { Overrides } from '../core/wanted.ts';
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

/** The part that a machine keeps for itself, encrypted. */
export function requestOfWish({ ssh, deploy, userData, login }: Wish): MachineRequest {
  return { ssh, deploy, userData, login };
}

/** The part that drift is told from later. */
export function askedOf({ image, size, tags, deploy }: Wish): Asked {
  return { image, size, tags, deploy: deployVersion(deploy) };
}

/** Writes the machine's row with all that it is asked for; inside the caller's transaction. */
export async function reserveMachine(store: Store, machine: Machine, wish: Wish): Promise<Machine> {
  await store.secrets.put(machineSecrets.request(machine.id), JSON.stringify(requestOfWish(wish)));
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
