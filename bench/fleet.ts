import { readFileSync } from 'node:fs';
import { type LoggedRequest, newHome, openCloud, openScene } from './scene.ts';

export const FLEET = 50;
export const LATENCY_MS = 200;

/**
 * Scaleway publishes no rate; the driver's own 20 requests per second would make of 50 machines' 200 requests ten seconds of
 * waiting, whoever asks. What is measured is the controller, so the provider has the limits of an account with room.
 */
export const LIMITS = { concurrency: FLEET, requestsPerSecond: 200, burst: 200 };

/** What was seen while the fleet was made. */
export interface Fleet {
  /** From the request to the last machine ready, ms. */
  readonly makespanMs: number;
  readonly requests: readonly LoggedRequest[];
  /** The most resident memory the controller has had so far, MiB. */
  readonly peakMiB: number;
}

const TIMES = 3;

/** Asked for by name, or by a map that is planned and applied. */
export type Way = 'create' | 'apply';

const made = new Map<Way, Promise<readonly Fleet[]>>();

/** The same fleet made three times, each by a controller and in a cloud of its own; once for all who measure it. */
export function fleets(way: Way): Promise<readonly Fleet[]> {
  const fleet = made.get(way) ?? makeFleets(way);
  made.set(way, fleet);
  return fleet;
}

async function makeFleets(way: Way): Promise<readonly Fleet[]> {
  const all: Fleet[] = [];
  while (all.length < TIMES) all.push(await makeFleet(way));
  return all;
}

/**
 * Fifty machines without deploy steps, asked for at once of a controller just started. It is the second start in that home:
 * as at every start but the first, what Node compiled lies in its cache.
 */
async function makeFleet(way: Way): Promise<Fleet> {
  const home = newHome();
  const cloud = await openCloud(home);
  await (await openScene(home)).close();
  const scene = await openScene(home);
  const profile = { name: 'plain', provider: 'paris', image: 'debian_bookworm', size: 'DEV1-S' };
  await scene.client.request('POST', '/v1/config', {
    body: {
      providers: [{ name: 'paris', driver: 'scaleway', settings: cloud.settings, limits: LIMITS }],
      profiles: [{ ...profile, ssh: { port: cloud.sshPort } }],
    },
  });
  await cloud.setLatency(LATENCY_MS);
  await cloud.clearRequests();
  const names = Array.from({ length: FLEET }, (_, i) => `web-${i + 1}`);
  const { createdAt, endedAt } = await scene[way](names, 'plain');
  const fleet = {
    makespanMs: (endedAt ?? Number.NaN) - createdAt,
    requests: await cloud.requests(),
    peakMiB: peakMemory(scene.pid),
  };
  await scene.close();
  await cloud.close();
  return fleet;
}

/** Source: proc(5), VmHWM in /proc/PID/status: the peak resident set size, in KiB. */
function peakMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
