import { afterAll, describe, test } from 'vitest';
import { liveAsMap, mapCrashes } from './crash-map.ts';

const fleets = await mapCrashes(['effect'], 2, false);
let tried = 0;

describe.concurrent('a controller killed between an effect of an apply and its record goes on: the fleet is as the map says', () => {
  for (const crashes of fleets) {
    test(crashes.join(' | '), { timeout: 240_000 }, async () => {
      await liveAsMap(crashes, false);
      tried += crashes.length;
    });
  }
});

afterAll(() => console.log(`crash points of an apply tried: ${tried}`));
