import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { loadKey } from '../../src/store/key.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { expectArrived, expectNoSecret } from './canary-search.ts';
import { type Story, tellStory } from './canary-story.ts';
import { filesUnder } from './canary-watch.ts';

let story: Story;
beforeAll(async () => {
  story = await tellStory({
    env: {},
    content: async (home) => filesUnder(home, (path) => /\/saltern\.db(-wal|-shm)?$/.test(path)),
    async secret(home, name) {
      const file = join(home, 'saltern.db');
      const key = await loadKey({ file: join(home, 'key'), env: {}, database: file });
      const store = await openSqliteStore({ file, key, clock: systemClock });
      const value = await store.secrets.get(name);
      await store.close();
      return value ?? '';
    },
  });
}, 60_000);

describe('secrets', () => {
  test('arrive where they are meant to', () => expectArrived(story));
  test('are nowhere else in clear', () => expectNoSecret(story));
});
