import { afterAll, describe, test } from 'vitest';
import { CRASH_POINTS } from '../../src/engine/crash-points.ts';
import { live } from '../e2e/crash-life.ts';
import { crashTitles, livesWithCrashes } from '../e2e/crash-points.ts';

const lives = await livesWithCrashes(['create', 'deploy', 'reboot', 'stop', 'start', 'destroy'], CRASH_POINTS);
let tried = 0;

describe.concurrent('a controller killed at every point of every step goes on: nothing is doubled, nothing lost', () => {
  for (const chapters of lives) {
    const titles = crashTitles(chapters);
    test(titles.join(' | '), async () => {
      await live(chapters);
      tried += titles.length;
    });
  }
});

afterAll(() => console.log(`crash points tried: ${tried}`));
