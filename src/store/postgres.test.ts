import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { type StorePlace, storeContract } from '../../test/contract/store.ts';
import { dump, fill, KEY } from '../../test/contract/store-backup.ts';
import { event, tail } from '../../test/contract/store-events.ts';
import { operation, provider } from '../../test/contract/store-samples.ts';
import type { Store } from '../core/store.ts';
import { systemClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { openPostgresStore } from './postgres.ts';
import { postgresKysely } from './postgres-connection.ts';
import { lockPostgres } from './postgres-lock.ts';
import { restorePostgres } from './restore.ts';
import { openSqliteStore } from './sqlite.ts';

const url = process.env['SALTERN_TEST_POSTGRES'];

if (url) {
  storeContract('PostgreSQL', async () => newPlace(url));
  onlyPostgres(url);
} else if (process.env['CI_DEEP'] === '1') {
  it('runs on PostgreSQL', () => {
    expect.fail('SALTERN_TEST_POSTGRES is not set: run through scripts/test-postgres.sh');
  });
} else {
  console.log('skipped: PostgreSQL (set SALTERN_TEST_POSTGRES to a URL, or run through scripts/test-postgres.sh)');
  it.skip('runs on PostgreSQL: SALTERN_TEST_POSTGRES is not set');
}

function newPlace(url: string): StorePlace & { schema: string } {
  const schema = `test_${newId().toLowerCase()}`;
  return {
    schema,
    open: (key = KEY) => openPostgresStore({ url, schema, key, clock: systemClock }),
    remove: async () => {
      const db = postgresKysely({ url, schema });
      await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
      await db.destroy();
    },
  };
}

/** What needs several connections, or a server that can go away. */
function onlyPostgres(url: string): void {
  describe('PostgreSQL', () => {
    const place = newPlace(url);
    afterAll(() => place.remove());

    /** Two stores on one schema, as two processes have them, opened at the same moment. */
    async function withTwo(work: (a: Store, b: Store) => Promise<void>): Promise<void> {
      const [a, b] = await Promise.all([place.open(), place.open()]);
      await work(a, b).finally(() => Promise.all([a.close(), b.close()]));
    }

    it('lets one controller in, and the next one once that has gone', { timeout: 20_000 }, async () => {
      const { schema } = place;
      const first = await lockPostgres({ url, schema });
      await expect(lockPostgres({ url, schema })).rejects.toMatchObject({ code: 'conflict' });
      const another = await lockPostgres({ url, schema: `${schema}_2` });
      await first.release();
      const next = await lockPostgres({ url, schema });
      await Promise.all([next.release(), another.release()]);
    });

    it('makes one installation, however many open it first', () =>
      withTwo(async (a, b) => {
        expect(b.installation).toBe(a.installation);
      }));

    it('shows a reader every event while transactions of several processes overlap', () =>
      withTwo(async (a, b) => {
        const first = await a.events.lastId();
        const writers = Array.from({ length: 10 }, async (_, writer) => {
          const store = writer % 2 ? a : b;
          for (let i = 0; i < 10; i += 1) {
            await store.transaction(async (tx) => {
              await tx.events.append([event({ data: { writer, i } })]);
              await systemClock.sleep(writer);
            });
          }
        });
        const seen = await tail(b, Promise.all(writers));
        expect(seen.filter((one) => one.id > first)).toHaveLength(100);
      }));

    it('gives an entity to one of two processes', () =>
      withTwo(async (a, b) => {
        const all = Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? a : b).operations.create(operation({ entity: 'machine/two' })),
        );
        const ends = await Promise.allSettled(all);
        expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
      }));

    it('says so when its connection breaks, and works again afterwards', () =>
      withTwo(async (a) => {
        const broken = a.transaction(async (tx) => {
          await tx.providers.insert(provider({ name: 'lost' }));
          const db = postgresKysely({ url, schema: place.schema });
          await sql`select pg_terminate_backend(pid) from pg_locks
            where relation = 'providers'::regclass and mode = 'RowExclusiveLock'`.execute(db);
          await db.destroy();
          await systemClock.sleep(50);
          await tx.providers.insert(provider());
        });
        await expect(broken).rejects.toMatchObject({ code: 'unavailable' });
        expect(await a.providers.find('lost')).toBeNull();
      }));

    it('says so when it cannot be reached, or the schema is no plain name', async () => {
      const options = { key: KEY, clock: systemClock };
      const nobody = openPostgresStore({ url: 'postgres://u:canary@127.0.0.1:1/none', ...options });
      await expect(nobody).rejects.toMatchObject({
        code: 'unavailable',
        hint: expect.stringContaining('PostgreSQL runs'),
      });
      await expect(nobody).rejects.not.toMatchObject({ message: expect.stringContaining('canary') });
      const odd = openPostgresStore({ url, schema: 'a; drop', ...options });
      await expect(odd).rejects.toMatchObject({ code: 'invalid', field: 'schema' });
    });

    it('is filled from a backup of SQLite, once', async () => {
      const dir = mkdtempSync(join(tmpdir(), 'store-postgres-'));
      const target = newPlace(url);
      try {
        const backup = join(dir, 'backup');
        const sqlite = await openSqliteStore({ file: join(dir, 'saltern.db'), key: KEY, clock: systemClock });
        const id = await fill(sqlite);
        await sqlite.backup(backup);
        const wanted = await dump(sqlite, id);
        await sqlite.close();
        await restorePostgres(backup, { url, schema: target.schema });
        const restored = await target.open();
        expect(await dump(restored, id)).toEqual(wanted);
        expect((await restored.events.append([event()]))[0]?.id).toBe(3);
        await restored.close();
        const again = restorePostgres(backup, { url, schema: target.schema });
        await expect(again).rejects.toMatchObject({ code: 'conflict' });
      } finally {
        await target.remove();
        rmSync(dir, { recursive: true });
      }
    });
  });
}
