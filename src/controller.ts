import { mkdirSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import type { ApiContext } from './api/context.ts';
import { createMetrics, type Metrics } from './api/metrics.ts';
import { createApi } from './api/server.ts';
import { createBootstrap } from './bootstrap/index.ts';
import type { SshKeyPair } from './core/bootstrap.ts';
import type { EngineListener } from './core/engine.ts';
import { SalternError } from './core/error.ts';
import type { OpenProvider, Ports } from './core/ports.ts';
import { type Provider, providerSecret } from './core/provider.ts';
import type { Store } from './core/store.ts';
import { drivers } from './drivers/index.ts';
import { crashPointFromEnv } from './engine/crash-points.ts';
import { createEngine } from './engine/embedded.ts';
import { type Clock, createClock, systemClock } from './lib/clock.ts';
import { newId } from './lib/ids.ts';
import { createLifetime } from './lib/lifetime.ts';
import type { Log } from './lib/log.ts';
import { createGate, gatedFetch } from './lib/rate-limit.ts';
import { operations } from './operations/all.ts';
import { mendRequested } from './operations/mend-requested.ts';
import { planMachines } from './operations/plan-machines.ts';
import { planMap } from './operations/plan-map.ts';
import { requestApply } from './operations/request-apply.ts';
import { requestChange } from './operations/request-change.ts';
import { requestCreate } from './operations/request-create.ts';
import { requestEnrol } from './operations/request-enrol.ts';
import { requestImport, requestMapImport } from './operations/request-import.ts';
import { requestProtect } from './operations/request-protect.ts';
import { removeProfile, removeProvider, requestCheck, requestReconcile } from './operations/request-provider.ts';
import { requestRecover } from './operations/request-recover.ts';
import type { World } from './operations/requests.ts';
import { saveConfig } from './operations/save-config.ts';
import { createStory, type Story } from './operations/story.ts';
import { createWebhooks } from './operations/webhooks.ts';
import { loadKey } from './store/key.ts';
import { lockDataDir } from './store/lock.ts';
import { openPostgresStore } from './store/postgres.ts';
import { lockPostgres } from './store/postgres-lock.ts';
import { type BackupFacts, restoreSqlite } from './store/restore.ts';
import { openSqliteStore } from './store/sqlite.ts';

export interface ControllerOptions {
  readonly version: string;
  readonly dataDir: string;
  readonly socket: string;
  /** TCP beside the socket; tokens are asked for there. */
  readonly listen?: {
    readonly host: string;
    readonly port: number;
    readonly tls?: { readonly cert: string; readonly key: string };
  };
  /** A PostgreSQL URL instead of the SQLite file in the data directory. */
  readonly database?: string;
  /** Only for tests beside an emulator whose clock runs as fast. */
  readonly clockSpeed?: number;
  /** End when nothing was asked and nothing is at work for this long (ms). */
  readonly idleExitMs?: number;
  /** Compare every provider's ledger this often (ms). */
  readonly reconcileEveryMs?: number;
  readonly logLevel?: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface RunningController {
  /** Resolves when it has ended, by `stop`, by the API or by idling. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const RECONCILE_EVERY_MS = 15 * 60_000;

/** One controller process: takes the data directory, takes up what was left unfinished, and answers. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(options.socket), { recursive: true, mode: 0o750 });
  const locks: Lock[] = [await lockDataDir(options.dataDir)];
  try {
    if (options.database !== undefined) locks.push(await lockPostgres({ url: options.database }));
    return await assemble(options, locks);
  } catch (error) {
    await releaseAll(locks);
    throw error;
  }
}

interface Lock {
  release(): Promise<void> | void;
}

async function releaseAll(locks: readonly Lock[]): Promise<void> {
  for (const lock of locks) await lock.release();
}

/** Everything wired to everything. */
async function assemble(options: ControllerOptions, locks: readonly Lock[]): Promise<RunningController> {
  const clock = options.clockSpeed === undefined ? systemClock : createClock(options.clockSpeed);
  const log = pino({ level: options.logLevel ?? 'info' }, pino.destination({ fd: 2, sync: true }));
  const store = await openStore(options, clock);
  const bootstrap = createBootstrap({ clock, log });
  const story = createStory(store, log);
  const webhooks = createWebhooks({ store, clock, log, fetch, version: options.version });
  story.onStored(webhooks.ring);
  const limits = new QueueLimits();
  for (const provider of await store.providers.list()) limits.note(provider);
  const ports: Ports = {
    store,
    clock,
    log,
    bootstrap,
    provider: providerOpener(store, clock, log, limits),
    loginKey: loginKeeper(store, bootstrap.newKeyPair),
    emit: story.emit,
    newId: () => newId(clock.now()),
  };
  const metrics = createMetrics();
  const crashPoint = crashPointFromEnv(options.env['SALTERN_CRASH_AT']);
  const engine = createEngine({
    journal: store.operations,
    ports,
    operations,
    limits: (queue) => limits.of(queue),
    clock,
    log,
    listener: both(story.listener, metrics),
    ...(crashPoint && { crashPoint }),
  });
  const world: World = { ports, engine };
  const { ended, stop, touch } = createLifetime({
    idleExitMs: options.idleExitMs ?? null,
    isIdle: () => engine.active() === 0 && story.listeners() === 0 && webhooks.atRest(),
    end: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await engine.close();
      bootstrap.close();
      await story.close();
      await webhooks.close();
      await store.close();
      await rm(options.socket, { force: true });
      await releaseAll(locks);
    },
  });
  const context = { ...apiContext(options, world, story, metrics, log, () => void stop()), webhooks };
  const servers = await listen(options, context, touch);
  await mendRequested(world);
  const resumed = await engine.resume();
  if (resumed > 0) log.info({ operations: resumed }, 'took up unfinished operations');
  webhooks.ring();
  const every = options.reconcileEveryMs ?? RECONCILE_EVERY_MS;
  const timer = setInterval(() => void reconcileAll(world, 0), every);
  timer.unref();
  void reconcileAll(world, every);
  return { ended: ended.finally(() => clearInterval(timer)), stop };
}

/** The story is told to everybody, the figures are counted. */
function both(story: EngineListener, metrics: Metrics): EngineListener {
  return {
    operation: (record) => {
      story.operation(record);
      metrics.operation(record);
    },
    step: (operation, step) => {
      story.step(operation, step);
      metrics.step(operation, step);
    },
    log: (line) => story.log(line),
  };
}

async function openStore(options: ControllerOptions, clock: Clock): Promise<Store> {
  const file = join(options.dataDir, 'saltern.db');
  const key = await loadKey({ file: join(options.dataDir, 'key'), env: options.env, database: file });
  if (options.database !== undefined) return openPostgresStore({ url: options.database, key, clock });
  return openSqliteStore({ file, key, clock });
}

/** Opens drivers and keeps them while their configuration stays the same. */
function providerOpener(store: Store, clock: Clock, log: Log, limits: QueueLimits): Ports['provider'] {
  const opened = new Map<string, { updatedAt: number; open: Omit<OpenProvider, 'provider'> }>();
  return async (id) => {
    const provider = await store.providers.get(id);
    if (!provider) throw new SalternError('not_found', `provider ${id} is not there`);
    limits.note(provider);
    const kept = opened.get(id);
    if (kept?.updatedAt === provider.updatedAt) return { provider, ...kept.open };
    const module = drivers[provider.driver];
    if (!module)
      throw new SalternError('unsupported', `provider ${provider.name} needs the driver "${provider.driver}"`);
    const secrets = JSON.parse((await store.secrets.get(providerSecret(id))) ?? '{}');
    const { requestsPerSecond, burst } = { ...module.limits, ...provider.limits };
    const deps = { fetch: gatedFetch(createGate(clock, requestsPerSecond, burst), fetch), log, clock };
    const driver = module.open(module.Config.parse({ ...provider.settings, ...secrets }), deps);
    const open = { module, driver };
    opened.set(id, { updatedAt: provider.updatedAt, open });
    return { provider, ...open };
  };
}

/** The installation's own login key: made once, kept encrypted. */
function loginKeeper(store: Store, newKeyPair: (comment: string) => SshKeyPair): () => Promise<SshKeyPair> {
  const name = 'installation/login-key';
  let kept: Promise<SshKeyPair> | null = null;
  const load = async (): Promise<SshKeyPair> => {
    const present = await store.secrets.get(name);
    if (present) return JSON.parse(present) as SshKeyPair;
    const pair = newKeyPair(`saltern ${store.installation}`);
    await store.secrets.put(name, JSON.stringify(pair));
    return pair;
  };
  return () => (kept ??= load());
}

/** Operations at work at the same time, by queue (`provider/<id>`): the provider's own limit, or its driver's. */
class QueueLimits {
  private readonly limits = new Map<string, number>();

  note({ id, driver, limits }: Provider): void {
    this.limits.set(`provider/${id}`, limits.concurrency ?? drivers[driver]?.limits.concurrency ?? 1);
  }

  of(queue: string): number {
    return this.limits.get(queue) ?? 1;
  }
}

function apiContext(
  options: ControllerOptions,
  world: World,
  story: Story,
  metrics: Metrics,
  log: Log,
  shutdown: () => void,
): Omit<ApiContext, 'webhooks'> {
  return {
    world,
    log,
    shutdown,
    drivers,
    version: options.version,
    dataDir: options.dataDir,
    startedAt: world.ports.clock.now(),
    metrics,
    onEvent: story.onEvent,
    backup: (path) => world.ports.store.backup(path),
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

async function listen(options: ControllerOptions, context: ApiContext, touch: () => void): Promise<FastifyInstance[]> {
  // The lock is ours, so a socket that lies there is a dead controller's.
  await rm(options.socket, { force: true });
  const local = await createApi(context);
  local.addHook('onRequest', async () => touch());
  await local.listen({ path: options.socket });
  await chmod(options.socket, 0o660);
  if (!options.listen) return [local];
  const { host, port, tls } = options.listen;
  const remote = await createApi(context, tls);
  remote.addHook('onRequest', async () => touch());
  await remote.listen({ host, port });
  return [local, remote];
}

/** Providers that were not looked at for as long. One that was never checked has nothing of ours. */
async function reconcileAll(world: World, notSinceMs: number): Promise<void> {
  const before = world.ports.clock.now() - notSinceMs;
  const actor = { kind: 'controller', name: 'schedule' } as const;
  for (const { id, checkedAt } of await world.ports.store.providers.list()) {
    if (checkedAt === null || checkedAt > before) continue;
    await requestReconcile(world, { provider: id, actor, fix: false, confirmVanished: false }).catch((error: Error) =>
      world.ports.log.warn({ provider: id, error: error.message }, 'reconcile did not begin'),
    );
  }
}

/** Puts a backup in place while no controller runs. */
export async function restoreBackup(
  dataDir: string,
  backup: string,
  force: boolean,
): Promise<BackupFacts & { replaced: string | null }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(dataDir);
  try {
    return await restoreSqlite(backup, join(dataDir, 'saltern.db'), { force });
  } finally {
    await lock.release();
  }
}
