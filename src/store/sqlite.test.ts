import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from '../../test/contract/store.ts';
import { KEY } from '../../test/contract/store-backup.ts';
import { systemClock } from '../lib/clock.ts';
import { openSqliteStore } from './sqlite.ts';

storeContract('SQLite', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'store-'));
  return {
    open: (key = KEY) => openSqliteStore({ file: join(dir, 'saltern.db'), key, clock: systemClock }),
    remove: async () => rmSync(dir, { recursive: true }),
  };
});
