import { BOOT_MS, phasesOf } from '../emulator/src/world/lifecycle.ts';
import { type Figure, median } from './figure.ts';
import { FLEET, fleets, LATENCY_MS, type Way } from './fleet.ts';
import { peakMemory } from './memory.ts';
import type { LoggedRequest } from './scene.ts';

/** From the API's `poweron` to `running`, as emulated. */
const POWER_ON_MS = phasesOf('poweron', 0).at(-1)?.at ?? Number.NaN;
/** From the end of the kernel's boot until the slowest machine's SSH answers: START_MS in emulator/src/machines/memory-machine.ts. */
const SSHD_MS = 150;

/**
 * What must be asked, one after the other, before the first machine can be: who answers, that the token works, that the list
 * of what is there can be believed; then the image by its label. Sizes and stock are asked for beside the image.
 */
const BEFORE = [
  /^GET \/iam\/v1alpha1\/api-keys\//,
  /^GET \/instance\/.*\/servers\?.*per_page=1$/,
  /^GET \/instance\/.*\/servers\?.*tags=/,
  /^GET \/marketplace\/v2\/images\?/,
  /^GET \/marketplace\/v2\/local-images\?/,
];
/** What each machine then needs, with the server's id where the path has it. */
const CREATE = /^POST \/instance\/.*\/servers$/;
const OF_ONE = [
  /^PATCH \/instance\/.*\/servers\/([^/]+)\/user_data\/cloud-init$/,
  /^POST \/instance\/.*\/servers\/([^/]+)\/action$/,
  /^DELETE \/instance\/.*\/servers\/([^/]+)\/user_data\/cloud-init$/,
];
/** One look must see that it runs: at one machine, or at all in one list. */
const LOOK = /^GET \/instance\/.*\/servers(\/[^/?]+|\?.*tags=.*)$/;

/** How much longer 50 machines take than the slowest of them would alone on an idle controller. */
export async function measureMakespan(): Promise<Figure[]> {
  return [await makespan('create', `makespan of ${FLEET} machines, API latency ${LATENCY_MS} ms`)];
}

/** The same for a map: from the operation's begin, when the plan has been shown and agreed to; and the memory it takes. */
export async function measureMap(): Promise<Figure[]> {
  const what = `map of ${FLEET} machines, API latency ${LATENCY_MS} ms`;
  return [await makespan('apply', `makespan of a ${what}`), await peakMemory('apply', `peak memory, ${what}`)];
}

async function makespan(way: Way, what: string): Promise<Figure> {
  const made = (await fleets(way)).map(({ makespanMs, requests }) => ({ makespanMs, path: criticalPath(requests) }));
  const ratios = made.map(({ makespanMs, path }) => makespanMs / path);
  const value = median(ratios);
  const [middle] = made.filter(({ makespanMs, path }) => makespanMs / path === value);
  const note = `${seconds(middle?.makespanMs)} of a critical path of ${seconds(middle?.path)}; median of ${all(ratios)}`;
  return { what, value, unit: '× path', limit: 1.15, note };
}

/** The longest chain of one machine's necessary requests, as long as the log says they took, and its emulated boot, in ms. */
export function criticalPath(requests: readonly LoggedRequest[]): number {
  const logged = requests.map(({ method, path, durationMs }) => ({ line: `${method} ${path}`, durationMs }));
  const durations = (pattern: RegExp) => logged.filter(({ line }) => pattern.test(line)).map((one) => one.durationMs);
  const before = BEFORE.map((pattern) => durations(pattern)[0] ?? missing(pattern));
  const chains = new Map<string, number>();
  for (const { line, durationMs } of logged) {
    for (const pattern of OF_ONE) {
      const server = pattern.exec(line)?.[1];
      if (server !== undefined) chains.set(server, (chains.get(server) ?? 0) + durationMs);
    }
  }
  // Neither names a machine in the log, so the one in the middle stands for it.
  const shared = [CREATE, LOOK].map((pattern) => median(durations(pattern)));
  return sum(before) + sum(shared) + Math.max(...chains.values()) + POWER_ON_MS + BOOT_MS + SSHD_MS;
}

function missing(pattern: RegExp): never {
  throw new Error(`the emulator's log has no request like ${pattern.source}: the critical path has changed`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function seconds(ms = Number.NaN): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function all(ratios: readonly number[]): string {
  return `${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`;
}
