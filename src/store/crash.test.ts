import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { KEY } from '../../test/contract/store-backup.ts';
import { systemClock } from '../lib/clock.ts';
import { openSqliteStore } from './sqlite.ts';

const WRITER = fileURLToPath(new URL('../../test/contract/store-writer.ts', import.meta.url));

it('holds every acknowledged row after kill -9, three times in a row', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'store-crash-'));
  const file = join(dir, 'saltern.db');
  const acknowledged: { operation: string; machine: string; seq: number; event: number }[] = [];
  try {
    for (let round = 0; round < 3; round += 1) {
      const lines = await writeAndKill(file, 50 + round * 37);
      acknowledged.push(...lines.map((line) => JSON.parse(line)));
      const store = await openSqliteStore({ file, key: KEY, clock: systemClock });
      const machines = new Set((await store.machines.list()).map((row) => row.id));
      const events = new Set((await store.events.after(0)).map((row) => row.id));
      for (const { machine, event } of acknowledged)
        expect([machines.has(machine), events.has(event)]).toEqual([true, true]);
      const last = acknowledged.at(-1);
      const steps = await store.operations.steps(last?.operation ?? '');
      expect(steps[(last?.seq ?? 0) - 1]?.output).toBe(last?.machine);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThan(200);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** Kills the writer in the middle of its work, once it has acknowledged that many lines; returns all whole lines it wrote. */
async function writeAndKill(file: string, after: number): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    if (text.split('\n').length > after) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}
