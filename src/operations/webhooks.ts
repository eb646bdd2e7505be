import { toSalternError } from '../core/error.ts';
import type { SalternEvent } from '../core/event.ts';
import type { Actor } from '../core/operation.ts';
import type { Store } from '../core/store.ts';
import { type Webhook, webhookSecret } from '../core/webhook.ts';
import { globMatcher } from '../lib/glob.ts';
import type { Log } from '../lib/log.ts';
import { type PostDeps, postEvent } from './webhook-post.ts';

const BATCH = 100;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** While events are delivered one after the other, how far it got is written this often (ms). */
const SAVE_EVERY_MS = 250;
/** Events that do not concern a webhook are passed without a write, up to so many. */
const SAVE_EVERY_EVENTS = 1000;
/** An event that is itself refused so often in a row (two minutes) is passed over: it would hold up all that come after it. */
const REFUSALS = 8;
/** What was not delivered yet gets this long (ms) when the controller ends. */
const LAST_CHANCE_MS = 2000;

/**
 * Sends events to webhooks: each one at least once unless the receiver refuses that very event, in order, one request an event,
 * beside everything else.
 */
export interface Webhooks {
  /** Something was stored, or webhooks changed: looks what is to be sent. */
  ring(): void;
  /** False while something is being sent. Waiting after a failure is rest: it holds up no one. */
  atRest(): boolean;
  /** Sends a made-up event now. A receiver that takes it gets what waits for it at once. */
  test(webhook: Webhook, actor: Actor): Promise<{ delivered: boolean; reason: string | null; durationMs: number }>;
  /** A last chance for what is not delivered, then notes how far it got. */
  close(): Promise<void>;
}

export interface WebhookDeps extends PostDeps {
  readonly store: Pick<Store, 'webhooks' | 'events' | 'secrets'>;
  readonly log: Log;
}

/** Who delivers to one webhook. */
interface Courier {
  /** Something came since it last looked. */
  again: boolean;
  resting: AbortController | null;
  ended: Promise<void>;
}

export function createWebhooks(deps: WebhookDeps): Webhooks {
  const { store, log, clock } = deps;
  const couriers = new Map<string, Courier>();
  const progress = createProgress(deps);
  const closing = new AbortController();
  const stopped = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  let rung = false;

  async function look(): Promise<void> {
    rung = false;
    for (const { id } of await store.webhooks.list()) send(id);
  }

  function send(id: string): void {
    const present = couriers.get(id);
    if (present) present.again = true;
    else {
      const courier: Courier = { again: true, resting: null, ended: Promise.resolve() };
      couriers.set(id, courier);
      courier.ended = work(id, courier);
    }
  }

  async function work(id: string, courier: Courier): Promise<void> {
    try {
      while (courier.again && !stopped.signal.aborted) {
        courier.again = false;
        const failures = await deliver(deps, progress, id, stopped.signal);
        if (failures === 0) continue;
        if (closing.signal.aborted) break;
        courier.again = true;
        await rest(courier, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)));
      }
    } catch (thrown) {
      const error = toSalternError(thrown);
      // Not found: it was removed in the middle.
      if (error.code !== 'not_found') log.error({ webhook: id, error: error.message }, 'events could not be delivered');
    }
    // In the same breath as the last look at `again`: nothing that comes can fall between.
    couriers.delete(id);
  }

  async function rest(courier: Courier, ms: number): Promise<void> {
    courier.resting = new AbortController();
    await clock.sleep(ms, AbortSignal.any([courier.resting.signal, closing.signal])).catch(() => {});
    courier.resting = null;
  }

  return {
    ring() {
      if (rung || closing.signal.aborted) return;
      rung = true;
      looking = looking.then(look).catch((error) => log.error({ error: String(error) }, 'webhooks could not be read'));
    },
    atRest: () => !rung && [...couriers.values()].every(({ resting }) => resting !== null),
    async test(webhook, actor) {
      const began = Date.now();
      const event = { ...TEST_EVENT, at: clock.now(), actor, entity: `webhook/${webhook.id}` };
      const secret = await store.secrets.get(webhookSecret(webhook.id));
      const refusal = await postEvent(deps, { url: webhook.url, secret }, event, stopped.signal);
      const reason = refusal?.reason ?? null;
      if (reason === null) couriers.get(webhook.id)?.resting?.abort();
      return { delivered: reason === null, reason, durationMs: Date.now() - began };
    },
    async close() {
      await looking;
      closing.abort();
      const ended = Promise.all([...couriers.values()].map((courier) => courier.ended));
      const timer = setTimeout(() => stopped.abort(), LAST_CHANCE_MS);
      await ended;
      clearTimeout(timer);
      await progress.saveAll();
    },
  };
}

const TEST_EVENT = { id: 0, type: 'webhook.test', operation: null, data: { message: 'This is only a test.' } };

/** Sends on until nothing is left: 0. Or until a delivery failed: how many did in a row. */
async function deliver(deps: WebhookDeps, progress: Progress, id: string, stopped: AbortSignal): Promise<number> {
  for (;;) {
    const webhook = await deps.store.webhooks.get(id);
    if (!webhook) {
      progress.forget(id);
      return 0;
    }
    const events = await deps.store.events.after(progress.of(webhook), {}, BATCH);
    if (events.length === 0) {
      await progress.caughtUp(webhook);
      return 0;
    }
    const reason = await deliverBatch(deps, progress, webhook, events, stopped);
    if (stopped.aborted) return 0;
    if (reason !== null) return progress.failed(webhook, reason);
  }
}

async function deliverBatch(
  deps: WebhookDeps,
  progress: Progress,
  webhook: Webhook,
  events: readonly SalternEvent[],
  stopped: AbortSignal,
): Promise<string | null> {
  const concerns = globMatcher(webhook.types);
  const secret = await deps.store.secrets.get(webhookSecret(webhook.id));
  for (const event of events) {
    const wanted = concerns(event.type);
    const refusal = wanted ? await postEvent(deps, { url: webhook.url, secret }, event, stopped) : null;
    if (refusal && !(refusal.ofThisEvent && progress.refused(webhook, event.id) >= REFUSALS)) return refusal.reason;
    if (refusal) await progress.passedOver(webhook, event.id, refusal.reason);
    else await progress.passed(webhook, event.id, wanted);
  }
  return null;
}

interface Progress {
  /** The last event that was delivered or did not concern it. */
  of(webhook: Webhook): number;
  passed(webhook: Webhook, event: number, delivered: boolean): Promise<void>;
  caughtUp(webhook: Webhook): Promise<void>;
  /** Never to be delivered. */
  passedOver(webhook: Webhook, event: number, reason: string): Promise<void>;
  /** How often this very event was refused in a row. */
  refused(webhook: Webhook, event: number): number;
  failed(webhook: Webhook, reason: string): Promise<number>;
  forget(id: string): void;
  saveAll(): Promise<void>;
}

interface Mark {
  at: number;
  saved: number;
  savedAt: number;
  delivered: boolean;
  refused: number | null;
  refusals: number;
}

const UNMARKED: Mark = { at: 0, saved: 0, savedAt: 0, delivered: false, refused: null, refusals: 0 };

/** How far each webhook got: in memory at each event, in the store often enough that little is sent twice after a crash. */
function createProgress({ store, log }: WebhookDeps): Progress {
  const marks = new Map<string, Mark>();

  function mark({ id, lastEvent }: Webhook) {
    const present = marks.get(id) ?? { ...UNMARKED, at: lastEvent, saved: lastEvent };
    marks.set(id, present);
    return present;
  }

  async function save(id: string, more: Partial<Webhook> = {}): Promise<void> {
    const own = marks.get(id);
    if (!own) return;
    const { at } = own;
    await store.webhooks.update(id, { lastEvent: at, ...more });
    Object.assign(own, { saved: at, savedAt: Date.now(), delivered: false });
  }

  const recovered = { failures: 0, lastError: null };
  return {
    of: (webhook) => mark(webhook).at,
    async passed(webhook, event, delivered) {
      const own = mark(webhook);
      own.at = event;
      own.delivered ||= delivered;
      const due = own.delivered ? Date.now() - own.savedAt > SAVE_EVERY_MS : event - own.saved > SAVE_EVERY_EVENTS;
      if (due) await save(webhook.id, own.delivered ? recovered : {});
    },
    async caughtUp({ id }) {
      if (marks.get(id)?.delivered) await save(id, recovered);
    },
    async passedOver(webhook, event, reason) {
      log.warn({ webhook: webhook.name, event, reason }, 'an event was passed over');
      mark(webhook).at = event;
      await save(webhook.id, { failures: 0, lastError: `event ${event} was passed over: ${reason}` });
    },
    refused(webhook, event) {
      const own = mark(webhook);
      own.refusals = own.refused === event ? own.refusals + 1 : 1;
      own.refused = event;
      return own.refusals;
    },
    async failed({ id, name, failures }, reason) {
      const delivered = marks.get(id)?.delivered ?? false;
      const inARow = delivered ? 1 : failures + 1;
      if (inARow === 1) log.warn({ webhook: name, reason }, 'a webhook does not take events; it is tried again');
      await save(id, { failures: inARow, lastError: reason });
      return inARow;
    },
    forget: (id) => void marks.delete(id),
    async saveAll() {
      for (const [id, { at, saved }] of marks) if (at > saved) await save(id).catch(() => {}); // removed meanwhile
    },
  };
}
