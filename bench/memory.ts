import type { Figure } from './figure.ts';
import { FLEET, fleets } from './fleet.ts';

/** The controller's peak resident memory while it makes the fleet. */
export async function measureMemory(): Promise<Figure[]> {
  const peaks = (await fleets()).map(({ peakMiB }) => peakMiB);
  const note = `VmHWM of the controller, from its start on; the most of ${peaks.length}`;
  return [
    { what: `peak memory while ${FLEET} machines are made`, value: Math.max(...peaks), unit: 'MiB', limit: 150, note },
  ];
}
