import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { loadKey } from '../../src/store/key.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { expectArrived, expectNoSecret } from '../e2e/canary-search.ts';
import { tellStory } from '../e2e/canary-story.ts';
import { type Database, newDatabase } from './database.ts';

const server = process.env['SALTERN_TEST_POSTGRES'];

if (server) {
  test('no secret is in clear where PostgreSQL is the store', async () => {
    const database = await newDatabase(server);
    const story = await tellStory({
      env: { SALTERN_DATABASE_URL: database.url },
      content: () => everyTable(database),
      async secret(home, name) {
        const key = await loadKey({ file: join(home, 'key'), env: {}, database: join(home, 'saltern.db') });
        const store = await openPostgresStore({ url: database.url, key, clock: systemClock });
        const value = await store.secrets.get(name);
        await store.close();
        return value ?? '';
      },
    });
    await database.drop();
    expectArrived(story);
    expectNoSecret(story);
  });
} else if (process.env['CI_DEEP'] === '1') {
  test('no secret is in clear where PostgreSQL is the store', () => {
    expect.fail('SALTERN_TEST_POSTGRES is not set: run through scripts/test-postgres.sh');
  });
} else test.skip('no secret is in clear where PostgreSQL is the store: SALTERN_TEST_POSTGRES is not set');

async function everyTable({ ask }: Database): Promise<string> {
  const names = "select table_name as answer from information_schema.tables where table_schema = 'saltern'";
  const tables = await Promise.all(
    (await ask(names)).map((name) => ask(`select row_to_json(t)::text as answer from saltern."${name}" t`)),
  );
  return tables.flat().join('\n');
}
