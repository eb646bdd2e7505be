import { afterAll, describe, test } from 'vitest';
import { CRASH_POINTS } from '../../src/engine/crash-points.ts';
import { liveAsMap, mapCrashes } from '../e2e/crash-map.ts';

const fleets = await mapCrashes(CRASH_POINTS, 8, true);
let tried = 0;

describe.concurrent('a controller killed at every point of an apply goes on: the fleet is as the map says', () => {
  for (const [index, crashes] of fleets.entries()) {
    test(`fleet ${index + 1}, ${crashes.length} crashes`, { timeout: 300_000 }, async () => {
      await liveAsMap(crashes, true);
      tried += crashes.length;
    });
  }
});

afterAll(() => console.log(`crash points of an apply tried: ${tried}`));
