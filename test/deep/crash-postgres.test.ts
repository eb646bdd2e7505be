import { afterAll, describe, expect, test } from 'vitest';
import { live } from '../e2e/crash-life.ts';
import { crashTitles, livesWithCrashes } from '../e2e/crash-points.ts';
import { newDatabase } from './database.ts';

const url = process.env['SALTERN_TEST_POSTGRES'];
let tried = 0;

if (url) await crashesOn(url);
else if (process.env['CI_DEEP'] === '1') {
  test('crashes on PostgreSQL', () => {
    expect.fail('SALTERN_TEST_POSTGRES is not set: run through scripts/test-postgres.sh');
  });
} else test.skip('crashes on PostgreSQL: SALTERN_TEST_POSTGRES is not set');

async function crashesOn(server: string): Promise<void> {
  const lives = await livesWithCrashes(['create', 'deploy', 'destroy'], ['effect']);
  describe.concurrent('crashes on PostgreSQL', () => {
    for (const chapters of lives) {
      const titles = crashTitles(chapters);
      test(titles.join(' | '), async () => {
        const database = await newDatabase(server);
        await live(chapters, { env: { SALTERN_DATABASE_URL: database.url } });
        // Else the test would prove nothing of PostgreSQL.
        expect(await database.ask('select id as answer from saltern.operations')).not.toHaveLength(0);
        await database.drop();
        tried += titles.length;
      });
    }
  });
  afterAll(() => console.log(`crash points tried on PostgreSQL: ${tried}`));
}
