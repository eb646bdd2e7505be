import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { KEY } from './store-backup.ts';
import { machine, operation, step } from './store-samples.ts';

/** A process to be killed: writes until then, and says on stdout what has been acknowledged, line by line. */
const store = await openSqliteStore({ file: process.argv[2] ?? '', key: KEY, clock: systemClock });
const { id } = await store.operations.create(operation());
for (let seq = 1; ; seq += 1) {
  const row = await store.machines.insert(machine({ id: newId() }));
  await store.operations.saveStep(step({ operation: id, seq, output: row.id }));
  const [event] = await store.events.append([
    { actor: { kind: 'controller', name: 'c' }, type: 't', entity: row.id, operation: id, data: {} },
  ]);
  process.stdout.write(`${JSON.stringify({ operation: id, machine: row.id, seq, event: event?.id })}\n`);
}
