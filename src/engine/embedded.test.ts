import { engineContract } from '../../test/contract/engine.ts';
import { createMemoryJournal } from '../../test/contract/engine-memory-journal.ts';
import { createEngine } from './embedded.ts';

engineContract('embedded, journal in memory', {
  open: createEngine,
  journal: async () => ({ journal: createMemoryJournal() }),
});
