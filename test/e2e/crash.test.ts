import { afterAll, describe, test } from 'vitest';
import { live } from './crash-life.ts';
import { crashTitles, livesWithCrashes } from './crash-points.ts';

// Between an effect and its record is where things are done twice. test/deep has the other points and verbs.
const lives = await livesWithCrashes(['create', 'deploy', 'destroy'], ['effect']);
let tried = 0;

describe.concurrent('a controller killed between an effect and its record goes on: nothing is doubled, nothing lost', () => {
  for (const chapters of lives) {
    const titles = crashTitles(chapters);
    test(titles.join(' | '), { timeout: 60_000 }, async () => {
      await live(chapters);
      tried += titles.length;
    });
  }
});

afterAll(() => console.log(`crash points tried: ${tried}`));
