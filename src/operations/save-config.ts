import { isDeepStrictEqual } from 'node:util';
import { type DeployStep, summarize } from '../core/deploy.ts';
import type { DriverModule } from '../core/driver.ts';
import { SalternError } from '../core/error.ts';
import type { Ports } from '../core/ports.ts';
import { DEFAULT_SSH, type Profile, type ProfilePrivate, profileSecret, type SshSettings } from '../core/profile.ts';
import { type Provider, providerSecret } from '../core/provider.ts';
import type { Schema } from '../core/schema.ts';
import type { ProfileInput, ProviderInput, SshInput } from '../core/wanted.ts';
import { check } from '../lib/check.ts';
import { nearest } from '../lib/nearest.ts';
import type { Saved, SaveRequest } from './inputs.ts';
import type { World } from './requests.ts';

/** The built-in drivers by name. */
export type Drivers = Readonly<Record<string, DriverModule<unknown, unknown>>>;

/** Saves providers and profiles, all together or none. Every setting is checked by its driver first. */
export function saveConfig(drivers: Drivers) {
  return async ({ ports }: World, request: SaveRequest): Promise<{ saved: readonly Saved[] }> => {
    const saved = await ports.store.transaction(async (store) => {
      const inside: Ports = { ...ports, store };
      const done: Saved[] = [];
      const faults = new Faults();
      const refused = new Set<string>();
      for (const input of request.providers) {
        const row = await faults.of(() => saveProvider(inside, drivers, input));
        if (row) done.push(row);
        else refused.add(input.name);
      }
      for (const input of request.profiles) {
        // What is wrong is its provider, and that has been told.
        if (refused.has(input.provider)) continue;
        const row = await faults.of(() => saveProfile(inside, drivers, input));
        if (row) done.push(row);
      }
      faults.end();
      return done;
    });
    for (const { kind, name, change } of saved) {
      if (change === 'unchanged') continue;
      await ports.emit({
        actor: request.actor,
        type: `${kind}.${change}`,
        entity: null,
        operation: null,
        data: { name },
      });
    }
    return { saved };
  };
}

/** Gathers what is wrong, so that all of it is told at once. */
class Faults {
  readonly #errors: SalternError[] = [];

  async of<T>(save: () => Promise<T>): Promise<T | null> {
    try {
      return await save();
    } catch (error) {
      if (!(error instanceof SalternError) || error.field === undefined) throw error;
      this.#errors.push(error);
      return null;
    }
  }

  end(): void {
    const [first] = this.#errors;
    if (!first) return;
    const faults = this.#errors.flatMap(({ message, field = '', hint, faults }) => {
      return faults.length > 0 ? faults : [{ field, message, ...(hint !== undefined && { hint }) }];
    });
    if (faults.length === 1) throw first;
    const hint = faults.map((fault) => [fault.message, fault.hint].filter(Boolean).join('. ')).join('\n');
    const message = `${faults.length} mistakes; nothing was saved`;
    throw new SalternError(first.code, message, { field: first.field ?? '', hint, faults });
  }
}

async function saveProvider(ports: Ports, drivers: Drivers, input: ProviderInput): Promise<Saved> {
  const at = `providers.${input.name}`;
  const module = drivers[input.driver];
  if (!module) {
    const near = nearest(input.driver, Object.keys(drivers));
    throw new SalternError('invalid', `provider ${input.name}: there is no driver "${input.driver}"`, {
      field: `${at}.driver`,
      hint: near ? `Did you mean "${near}"?` : `Known drivers: ${Object.keys(drivers).join(', ')}.`,
    });
  }
  assertFits(`provider ${input.name}`, at, module.Config, input.settings);
  const secretKeys = module.secrets.filter((key) => input.settings[key] !== undefined);
  const isSecret = (key: string) => secretKeys.includes(key);
  const settings = pick(input.settings, (key) => !isSecret(key));
  const hidden = JSON.stringify(pick(input.settings, isSecret));
  const present = await ports.store.providers.find(input.name);
  const now = ports.clock.now();
  const row = { driver: input.driver, settings, secretKeys, limits: input.limits ?? {}, origin: input.origin };
  if (!present) {
    const id = ports.newId();
    const fresh = {
      id,
      name: input.name,
      status: 'unchecked',
      statusReason: null,
      scope: null,
      checkedAt: null,
    } as const;
    await ports.store.providers.insert({ ...fresh, ...row, createdAt: now, updatedAt: now } satisfies Provider);
    await ports.store.secrets.put(providerSecret(id), hidden);
    return { kind: 'provider', name: input.name, change: 'created' };
  }
  const { driver, settings: oldSettings, limits } = present;
  const same = isDeepStrictEqual(
    { driver, oldSettings, limits },
    { driver: row.driver, oldSettings: settings, limits: row.limits },
  );
  if (same && (await ports.store.secrets.get(providerSecret(present.id))) === hidden) {
    return { kind: 'provider', name: input.name, change: 'unchanged' };
  }
  if (present.driver !== input.driver) {
    throw new SalternError(
      'conflict',
      `provider ${input.name} uses the driver ${present.driver}; it cannot change to ${input.driver}`,
      {
        field: `${at}.driver`,
        hint: 'Give the new one another name.',
      },
    );
  }
  await ports.store.secrets.put(providerSecret(present.id), hidden);
  await ports.store.providers.update(present.id, { ...row, status: 'unchecked', statusReason: null, updatedAt: now });
  return { kind: 'provider', name: input.name, change: 'updated' };
}

async function saveProfile(ports: Ports, drivers: Drivers, input: ProfileInput): Promise<Saved> {
  const at = `profiles.${input.name}`;
  const provider = await ports.store.providers.find(input.provider);
  if (!provider) {
    const near = nearest(
      input.provider,
      (await ports.store.providers.list()).map((row) => row.name),
    );
    throw new SalternError('invalid', `profile ${input.name}: there is no provider "${input.provider}"`, {
      field: `${at}.provider`,
      hint: near ? `Did you mean "${near}"?` : 'Write the provider in the same file, or add it first.',
    });
  }
  const options = input.options ?? {};
  assertFits(`profile ${input.name}`, `${at}.options`, drivers[provider.driver]?.Options, options);
  if (input.image === undefined || input.image === null) assertExisting(input, at, drivers[provider.driver]);
  const hidden: ProfilePrivate = {
    deploy: input.deploy ?? [],
    userData: input.userData ?? null,
    login: input.login ?? null,
  };
  const row = { ...profileRow(input, hidden.deploy), provider: provider.id, options };
  const present = await ports.store.profiles.find(input.name);
  const now = ports.clock.now();
  if (!present) {
    const id = ports.newId();
    await ports.store.profiles.insert({
      id,
      name: input.name,
      ...row,
      createdAt: now,
      updatedAt: now,
    } satisfies Profile);
    await ports.store.secrets.put(profileSecret(id), JSON.stringify(hidden));
    return { kind: 'profile', name: input.name, change: 'created' };
  }
  const kept = await ports.store.secrets.get(profileSecret(present.id));
  const old = { ...present, ...row };
  if (
    kept === JSON.stringify(hidden) &&
    isDeepStrictEqual(JSON.parse(JSON.stringify(old)), JSON.parse(JSON.stringify(present)))
  ) {
    return { kind: 'profile', name: input.name, change: 'unchanged' };
  }
  await ports.store.secrets.put(profileSecret(present.id), JSON.stringify(hidden));
  await ports.store.profiles.update(present.id, { ...row, updatedAt: now });
  return { kind: 'profile', name: input.name, change: 'updated' };
}

function profileRow(input: ProfileInput, deploy: readonly DeployStep[]) {
  return {
    image: input.image ?? null,
    size: input.size ?? null,
    location: input.location ?? null,
    tags: input.tags ?? [],
    ssh: sshSettings(input.ssh ?? {}),
    deploy: deploy.map(summarize),
    onFailure: input.onFailure ?? 'keep',
    protected: input.protected ?? false,
    origin: input.origin,
  };
}

export function sshSettings({ jump, ...given }: SshInput): SshSettings {
  const host = jump ? { port: 22, user: 'root', hostKey: null, ...jump } : null;
  return { ...DEFAULT_SSH, ...given, jump: host };
}

/** Only machines that exist already need no image. */
function assertExisting({ name }: ProfileInput, at: string, module: DriverModule<unknown, unknown> | undefined): void {
  if (module?.features.existing) return;
  throw new SalternError('invalid', `profile ${name} has no image`, {
    field: at,
    hint: 'Add `image`; see them with: saltern image list',
  });
}

/** A driver's check of its settings; its complaint becomes one `invalid` with the path of the setting. */
function assertFits(what: string, at: string, schema: Schema<unknown> | undefined, settings: unknown): void {
  if (!schema) return;
  const result = check(schema, settings);
  if (result.ok) return;
  const faults = result.all.map(({ field, message, hint }) => ({
    field: field === '' ? at : `${at}.${field}`,
    message: `${what}: ${field === '' ? '' : `${field} `}${message}`,
    ...(hint !== null && { hint }),
  }));
  const [first] = faults;
  const told = first ?? { field: at, message: `${what}: ${result.problem.message}` };
  const { message, ...details } = told;
  throw new SalternError('invalid', message, { ...details, ...(faults.length > 1 && { faults }) });
}

function pick(settings: Readonly<Record<string, unknown>>, keep: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => keep(key)));
}
