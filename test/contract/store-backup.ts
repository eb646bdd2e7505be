import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/core/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { restoreSqlite } from '../../src/store/restore.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { StoreUnderTest } from './store.ts';
import { event } from './store-events.ts';
import { machine, operation, profile, provider, resource, step, token } from './store-samples.ts';

/** The key that the suites open their stores with. */
export const KEY = Buffer.alloc(32, 7);

const CANARY = 'canary-b7f1-in-clear';

/** At least one row in every table. Returns the operation's id. */
export async function fill(store: Store): Promise<string> {
  const { id } = await store.providers.insert(provider());
  await store.profiles.insert(profile({ provider: id }));
  await store.machines.insert(machine());
  await store.resources.insert(resource());
  await store.tokens.insert(token());
  const parent = await store.operations.create(operation());
  for (let seq = 1; seq <= 450; seq += 1) await store.operations.saveStep(step({ operation: parent.id, seq }));
  await store.operations.appendLog([{ operation: parent.id, step: 's', at: 1, stream: 'note', text: 'hello' }]);
  await store.events.append([event(), event()]);
  await store.secrets.put('provider/1', CANARY);
  return parent.id;
}

/** All that a store says it holds. */
export async function dump(store: Store, operationId: string): Promise<unknown> {
  return {
    installation: store.installation,
    providers: await store.providers.list(),
    profiles: await store.profiles.list(),
    machines: await store.machines.list(),
    resources: await store.resources.list(),
    tokens: await store.tokens.list(),
    operations: await store.operations.list(),
    steps: await store.operations.steps(operationId),
    log: await store.operations.log(operationId),
    events: await store.events.after(0),
    secret: await store.secrets.get('provider/1'),
  };
}

export function storeBackup(test: StoreUnderTest): void {
  describe('backup', () => {
    it('is one private file that restores to the same store, with no secret in clear', async () => {
      const dir = mkdtempSync(join(tmpdir(), 'store-backup-'));
      try {
        const id = await fill(test.store);
        const [backup, file] = [join(dir, 'backup'), join(dir, 'restored.db')];
        await test.store.backup(backup);
        expect(statSync(backup).mode & 0o777).toBe(0o600);
        const bytes = readFileSync(backup);
        expect(bytes.includes(CANARY)).toBe(false);
        expect([bytes[18], bytes[19]]).toEqual([1, 1]); // no write-ahead log: it opens from read-only media too
        const facts = await restoreSqlite(backup, file);
        expect(facts).toMatchObject({ installation: test.store.installation, machines: 1, operations: 1, secrets: 1 });
        expect(facts.madeAt).toBeGreaterThan(Date.now() - 60_000);
        const restored = await openSqliteStore({ file, key: KEY, clock: systemClock });
        expect(await dump(restored, id)).toEqual(await dump(test.store, id));
        await restored.backup(join(dir, 'backup of the restored'));
        await restored.close();
      } finally {
        rmSync(dir, { recursive: true });
      }
    });

    it('refuses to write over a file', async () => {
      const dir = mkdtempSync(join(tmpdir(), 'store-backup-'));
      try {
        const present = join(dir, 'present');
        writeFileSync(present, 'precious');
        await expect(test.store.backup(present)).rejects.toMatchObject({ code: 'conflict' });
        await expect(test.store.backup(join(dir, 'no', 'where'))).rejects.toMatchObject({ code: 'unavailable' });
        expect(readFileSync(present, 'utf8')).toBe('precious');
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
  });
}
