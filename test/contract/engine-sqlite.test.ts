import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../src/engine/embedded.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { engineContract } from './engine.ts';

engineContract('embedded, journal in SQLite', {
  open: createEngine,
  async journal() {
    const folder = mkdtempSync(join(tmpdir(), 'saltern-engine-'));
    const store = await openSqliteStore({ file: join(folder, 'saltern.db'), key: randomBytes(32), clock: systemClock });
    return {
      journal: store.operations,
      async dispose() {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});
