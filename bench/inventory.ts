import { join } from 'node:path';
import { type Machine, type MachineStatus, NOTHING_ASKED } from '../src/core/machine.ts';
import { DEFAULT_SSH, type Profile } from '../src/core/profile.ts';
import type { Provider } from '../src/core/provider.ts';
import { systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { loadKey } from '../src/store/key.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';

/** One in ten has failed, so that a filter has something to find. */
const statusOf = (i: number): MachineStatus => (i % 10 === 0 ? 'failed' : 'ready');

/** Writes an inventory of machines as they are once made, before a controller starts in that home. */
export async function seedInventory(home: string, count: number): Promise<void> {
  const file = join(home, 'saltern.db');
  const key = await loadKey({ file: join(home, 'key'), env: {} });
  const store = await openSqliteStore({ file, key, clock: systemClock });
  const now = Date.now();
  await store.providers.insert(provider(now));
  for (const name of PROFILES) await store.profiles.insert(profile(name, now));
  await store.transaction(async (inside) => {
    for (let i = 1; i <= count; i += 1) await inside.machines.insert(machine(i, now));
  });
  await store.close();
}

export const PROFILES = ['web', 'db', 'cache'] as const;
const PROVIDER = newId();
const profileIds = new Map<string, string>(PROFILES.map((name) => [name, newId()]));

function provider(now: number): Provider {
  return {
    id: PROVIDER,
    name: 'paris',
    driver: 'scaleway',
    settings: { zone: 'fr-par-1' },
    secretKeys: [],
    limits: {},
    status: 'ok',
    statusReason: null,
    scope: null,
    checkedAt: now,
    origin: 'api',
    createdAt: now,
    updatedAt: now,
  };
}

function profile(name: string, now: number): Profile {
  return {
    id: profileIds.get(name) ?? '',
    name,
    provider: PROVIDER,
    image: 'debian_bookworm',
    size: 'DEV1-S',
    location: null,
    tags: [],
    ssh: DEFAULT_SSH,
    deploy: [],
    onFailure: 'keep',
    protected: false,
    options: {},
    origin: 'api',
    createdAt: now,
    updatedAt: now,
  };
}

function machine(i: number, now: number): Machine {
  const kind = PROFILES[i % PROFILES.length] ?? 'web';
  const isReady = statusOf(i) === 'ready';
  return {
    id: newId(),
    name: `${kind}-${i}`,
    provider: PROVIDER,
    profile: profileIds.get(kind) ?? null,
    status: statusOf(i),
    origin: 'created',
    protected: false,
    map: null,
    asked: NOTHING_ASKED,
    agentKey: null,
    grains: null,
    resource: newId(),
    nativeId: crypto.randomUUID(),
    location: 'fr-par-1',
    size: 'DEV1-S',
    image: crypto.randomUUID(),
    imageName: 'Debian 12 (Bookworm)',
    arch: 'x86_64',
    price: { currency: 'EUR', hourly: 0.0088, monthly: 6.424, asOf: '2026-11-20' },
    addresses: [{ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, family: 4, reach: 'public' }],
    sshUser: 'root',
    sshPort: 22,
    hostKeys: [`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${String(i).padStart(43, 'A')}`],
    hostKeyOrigin: 'injected',
    operation: newId(),
    error: isReady ? null : { code: 'timeout', message: 'ssh answers: not within 5 min' },
    createdAt: now,
    readyAt: isReady ? now + 8000 : null,
    destroyedAt: null,
  };
}
