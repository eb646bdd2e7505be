import type { Figure } from './figure.ts';
import { FLEET, fleets, type Way } from './fleet.ts';

/** The controller's peak resident memory while it makes the fleet. */
export async function measureMemory(): Promise<Figure[]> {
  return [await peakMemory('create', `peak memory while ${FLEET} machines are made`)];
}

export async function peakMemory(way: Way, what: string): Promise<Figure> {
  const peaks = (await fleets(way)).map(({ peakMiB }) => peakMiB);
  const note = `VmHWM of the controller, from its start on; the most of ${peaks.length}`;
  return { what, value: Math.max(...peaks), unit: 'MiB', limit: 150, note };
}
