import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Client, connect } from '../../client/client.ts';
import type { Bootstrap } from '../../core/bootstrap.ts';
import { SalternError } from '../../core/error.ts';
import type { NewEvent } from '../../core/event.ts';
import { type Machine, NOTHING_ASKED } from '../../core/machine.ts';
import type { Operation } from '../../core/operation.ts';
import type { Ports } from '../../core/ports.ts';
import type { Role } from '../../core/token.ts';
import { drivers } from '../../drivers/index.ts';
import { createEngine } from '../../engine/embedded.ts';
import { systemClock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { silentLog } from '../../lib/log.ts';
import { operations } from '../../operations/all.ts';
import { planMachines } from '../../operations/plan-machines.ts';
import { planMap } from '../../operations/plan-map.ts';
import { requestApply } from '../../operations/request-apply.ts';
import { requestChange } from '../../operations/request-change.ts';
import { requestCreate } from '../../operations/request-create.ts';
import { requestEnrol } from '../../operations/request-enrol.ts';
import { requestImport, requestMapImport } from '../../operations/request-import.ts';
import { requestProtect } from '../../operations/request-protect.ts';
import { removeProfile, removeProvider, requestCheck, requestReconcile } from '../../operations/request-provider.ts';
import { requestRecover } from '../../operations/request-recover.ts';
import type { World } from '../../operations/requests.ts';
import { saveConfig } from '../../operations/save-config.ts';
import { createWebhooks } from '../../operations/webhooks.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import type { ApiContext } from '../context.ts';
import { createMetrics } from '../metrics.ts';
import type { Api } from '../route.ts';
import { createApi } from '../server.ts';

const ACTOR = { kind: 'controller', name: 'test' } as const;

/** Waits until its signal: an operation that a test can catch at work. */
const hold: Operation<{ note: string }, null> = {
  name: 'hold',
  version: 1,
  Input: z.object({ note: z.string() }),
  run: (step) => step.until('wait for the end', async () => null, { timeoutMs: 60_000, everyMs: 20 }),
};

export type TestController = Awaited<ReturnType<typeof startTestController>>;

/** Everything real (store, engine, requests, Fastify on a Unix socket) but backends: no driver can be opened. */
export async function startTestController() {
  const dir = await mkdtemp(join(tmpdir(), 'saltern-api-'));
  const store = await openSqliteStore({ file: join(dir, 'db'), key: randomBytes(32), clock: systemClock });
  const listeners = new Set<() => void>();
  const emit = async (...events: NewEvent[]) => {
    await store.events.append(events);
    for (const listener of listeners) listener();
  };
  const backend = { error: new SalternError('forbidden', 'the backend refuses', { requestId: 'backend-1' }) };
  const ports: Ports = {
    store,
    emit,
    clock: systemClock,
    log: silentLog,
    newId: () => newId(),
    bootstrap: {} as Bootstrap, // nothing here gets as far as a machine
    loginKey: async () => ({ privateKey: 'PRIVATE', publicKey: 'ssh-ed25519 AAAA test' }),
    provider: async () => {
      throw backend.error;
    },
  };
  const listener = { operation: () => {}, step: () => {}, log: () => {} };
  const deps = { journal: store.operations, ports, limits: () => 10, clock: systemClock, log: silentLog, listener };
  const engine = createEngine({ ...deps, operations: [...operations, hold] });
  let stopped = 0;
  const context = contextOf({ ports, engine }, dir, listeners, () => {
    stopped += 1;
  });
  const api = await createApi(context);
  const socket = join(dir, 'api.sock');
  await api.listen({ path: socket });
  const client = connect({ socket, version: '1.0.0' });
  return {
    api,
    backend,
    client,
    context,
    dir,
    emit,
    engine,
    listeners,
    socket,
    store,
    stops: () => stopped,
    holdOn: (entity: string) => engine.start(hold, { input: { note: entity }, actor: ACTOR, entity, queue: null }),
    async close() {
      client.close();
      await api.close();
      await engine.close();
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

function contextOf(world: World, dataDir: string, listeners: Set<() => void>, shutdown: () => void): ApiContext {
  return {
    world,
    dataDir,
    drivers,
    shutdown,
    version: '1.2.3',
    startedAt: Date.now(),
    log: silentLog,
    metrics: createMetrics(),
    webhooks: createWebhooks({ ...world.ports, fetch, version: '1.2.3' }),
    backup: (path) => world.ports.store.backup(path),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    requests: {
      createMachines: requestCreate,
      planMachines,
      changeMachines: requestChange,
      protectMachines: requestProtect,
      planMap,
      applyMap: requestApply,
      importMachines: requestImport,
      importMap: requestMapImport,
      recover: requestRecover,
      enrolMachines: requestEnrol,
      checkProvider: requestCheck,
      reconcile: requestReconcile,
      saveConfig: saveConfig(drivers),
      removeProvider,
      removeProfile,
    },
  };
}

/** The same controller on TCP, where a token is asked for. */
export async function listenOnTcp(controller: TestController): Promise<{ api: Api; url: string }> {
  const api = await createApi(controller.context);
  return { api, url: await api.listen({ host: '127.0.0.1', port: 0 }) };
}

export function makeToken(client: Client, role: Role, expiresIn = '1h') {
  return client.request('POST', '/v1/tokens', { body: { name: `${role}-${newId()}`, role, expiresIn } });
}

/** A provider and a profile as a file would give them. */
export const paris = {
  providers: [
    { name: 'paris', driver: 'scaleway', settings: { access_key: 'SCWXXXXXXXXXXXXXXXXX', token: 'CANARY-token' } },
  ],
  profiles: [
    {
      name: 'small',
      provider: 'paris',
      image: 'debian_bookworm',
      deploy: [{ kind: 'script', name: 'hello.sh', content: 'echo CANARY-script' }],
      userData: '#cloud-config CANARY-user-data',
    },
  ],
} as const;

/** Puts machines into the inventory as if they had been made. */
export async function insertMachines(controller: TestController, ...made: Partial<Machine>[]): Promise<Machine[]> {
  const { store } = controller;
  const provider = await store.providers.find('paris');
  const profile = await store.profiles.find('small');
  if (!provider || !profile) throw new Error('save `paris` first');
  const rows: Machine[] = [];
  for (const [i, fields] of made.entries()) {
    const id = newId();
    const machine: Machine = {
      id,
      name: `web-${i + 1}`,
      provider: provider.id,
      profile: profile.id,
      status: 'ready',
      origin: 'created',
      protected: false,
      map: null,
      asked: NOTHING_ASKED,
      agentKey: null,
      grains: null,
      resource: newId(),
      nativeId: `native-${id}`,
      location: 'fr-par-1',
      size: 'DEV1-S',
      image: 'image-1',
      imageName: 'Debian Bookworm',
      arch: 'x86_64',
      price: null,
      addresses: [
        { ip: '10.0.0.1', family: 4, reach: 'private' },
        { ip: '192.0.2.1', family: 4, reach: 'public' },
      ],
      sshUser: 'root',
      sshPort: 22,
      hostKeys: ['ssh-ed25519 AAAA host'],
      hostKeyOrigin: 'injected',
      operation: null,
      error: null,
      createdAt: 1000,
      readyAt: 31_000,
      destroyedAt: null,
      ...fields,
    };
    rows.push(await store.machines.insert(machine));
  }
  return rows;
}
