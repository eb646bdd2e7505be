import { type Fields, isFields } from './call.ts';
import type { Availability } from './catalogue/zones.ts';
import type { EmulatorClock } from './clock.ts';
import { dumpWorld, type WorldDump } from './dump.ts';
import { ApiError, invalid, type Reply } from './errors.ts';
import { type Fault, Faults, isFaultKind } from './faults.ts';
import type { Trouble } from './machine.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';
import type { World } from './world/world.ts';

/** The emulator from outside the cloud it plays: time, faults, stock, quotas, log and dump. */
export class Admin {
  readonly faults = new Faults();
  readonly log = new RequestLog();
  readonly clock: EmulatorClock;
  readonly #newWorld: () => World;
  #world: World;
  #latencyMs = 0;

  constructor(clock: EmulatorClock, newWorld: () => World) {
    this.clock = clock;
    this.#newWorld = newWorld;
    this.#world = newWorld();
  }

  get world(): World {
    return this.#world;
  }

  /** Real milliseconds by which every answer is delayed. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  dump(withMachines = true): WorldDump {
    this.#world.tick();
    return dumpWorld(this.#world, withMachines);
  }

  requests(): readonly LoggedRequest[] {
    return this.log.all();
  }

  clearRequests(): void {
    this.log.clear();
  }

  setSpeed(speed: number): void {
    this.clock.setSpeed(speed);
  }

  /** Pushes the clock forward by emulated milliseconds. */
  advance(ms: number): void {
    this.clock.advance(ms);
  }

  setLatency(ms: number): void {
    this.#latencyMs = ms;
  }

  addFaults(faults: readonly Fault[]): void {
    this.faults.add(faults);
  }

  clearFaults(): void {
    this.faults.clear();
  }

  setStock(zone: string, type: string, availability: Availability): void {
    this.#world.stock.set(`${type} ${zone}`, availability);
  }

  setQuotas(quotas: Readonly<Record<string, number>>): void {
    Object.assign(this.#world.quotas, quotas);
  }

  /** Breaks the SSH of the machines of that name, those to come as well; `{}` mends it. */
  trouble(name: string, trouble: Trouble): void {
    this.#world.room.trouble(name, [...this.#world.servers.all()], trouble);
  }

  /** An empty world: every machine goes, faults and latency too; the clock keeps its speed. */
  async reset(): Promise<void> {
    const old = this.#world;
    old.close();
    for (const server of old.servers.all()) old.removeServer(server, true);
    await old.room.settled();
    this.faults.clear();
    this.log.clear();
    this.#latencyMs = 0;
    this.#world = this.#newWorld();
  }
}

type AdminHandler = (admin: Admin, body: unknown, query: URLSearchParams) => unknown;

/** Everything under /_emulator/. A handler's value is the JSON answer; undefined is 204. */
const ADMIN_ROUTES: Readonly<Record<string, AdminHandler>> = {
  'GET /dump': (admin, _body, query) => admin.dump(query.get('machines') !== 'false'),
  'GET /requests': (admin) => admin.requests(),
  'DELETE /requests': (admin) => admin.clearRequests(),
  'GET /clock': (admin) => clockView(admin),
  'PUT /clock': (admin, body) => setClock(admin, object(body)),
  'PUT /latency': (admin, body) => admin.setLatency(amount(object(body), 'ms')),
  'GET /faults': (admin) => admin.faults.list(),
  'POST /faults': (admin, body) => admin.addFaults((Array.isArray(body) ? body : [body]).map(parseFault)),
  'DELETE /faults': (admin) => admin.clearFaults(),
  'PUT /stock': (admin, body) => setStock(admin, object(body)),
  'PUT /quotas': (admin, body) => setQuotas(admin, object(body)),
  'PUT /trouble': (admin, body) => setTrouble(admin, object(body)),
  'POST /reset': (admin) => admin.reset(),
};

/** Answers one admin request; unknown ones are 404, bad ones 400. */
export async function answerAdmin(admin: Admin, method: string, url: URL, raw: string): Promise<Reply> {
  const handle = ADMIN_ROUTES[`${method} ${url.pathname.slice('/_emulator'.length)}`];
  if (!handle) return { status: 404, body: { message: 'no such admin endpoint', known: Object.keys(ADMIN_ROUTES) } };
  try {
    const value = await handle(admin, raw === '' ? null : JSON.parse(raw), url.searchParams);
    return value === undefined ? { status: 204 } : { status: 200, body: value };
  } catch (error) {
    if (error instanceof ApiError) return error.reply;
    return { status: 400, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

const clockView = (admin: Admin): object => ({
  now: new Date(admin.clock.now()).toISOString(),
  speed: admin.clock.speed,
});

function setClock(admin: Admin, body: Fields): object {
  if ('speed' in body) admin.setSpeed(amount(body, 'speed'));
  if ('advance' in body) admin.advance(amount(body, 'advance'));
  return clockView(admin);
}

function setStock(admin: Admin, body: Fields): void {
  const { zone, type, availability } = body;
  const isKnown = availability === 'available' || availability === 'scarce' || availability === 'shortage';
  if (typeof zone !== 'string' || typeof type !== 'string' || !isKnown) {
    throw invalid('availability', 'expected {zone, type, availability: available | scarce | shortage}', 'format');
  }
  admin.setStock(zone, type, availability);
}

function setQuotas(admin: Admin, body: Fields): void {
  admin.setQuotas(Object.fromEntries(Object.keys(body).map((name) => [name, amount(body, name)])));
}

function setTrouble(admin: Admin, { name, sshRefused, sshHangs, hostKey, slowStartMs }: Fields): void {
  if (typeof name !== 'string') throw invalid('name', 'expected the name of a server');
  admin.trouble(name, {
    ...(sshRefused === true && { sshRefused }),
    ...(sshHangs === true && { sshHangs }),
    ...(hostKey === 'other' && { hostKey }),
    ...(typeof slowStartMs === 'number' && { slowStartMs }),
  });
}

function parseFault(value: unknown): Fault {
  const body = object(value);
  const { kind } = body;
  if (!isFaultKind(kind)) throw invalid('kind', `unknown kind of fault "${String(kind)}"`);
  const match = isFields(body['match']) ? body['match'] : {};
  const optional = (name: string) => (body[name] === undefined ? {} : { [name]: amount(body, name) });
  const pick = (name: string) => (typeof match[name] === 'string' ? { [name]: match[name] } : {});
  return {
    kind,
    match: { ...pick('method'), ...pick('path') },
    ...optional('probability'),
    ...optional('count'),
    ...optional('ms'),
    ...optional('seed'),
  };
}

function object(value: unknown): Fields {
  if (!isFields(value)) throw invalid('body', 'expected a JSON object', 'format');
  return value;
}

function amount(body: Fields, name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw invalid(name, 'expected a number of 0 or more', 'format');
  }
  return value;
}
