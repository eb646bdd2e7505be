import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

test('runs alone, says where, writes the ready file and ends on SIGTERM', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
  const readyFile = join(folder, 'ready.json');
  const child = spawn(process.execPath, [MAIN, '--machines', 'none', '--ready-file', readyFile]);
  try {
    const [line] = await once(child.stdout, 'data');
    const ready = JSON.parse(await readFile(readyFile, 'utf8'));
    expect(String(line)).toBe(`listening on ${ready.url}\n`);
    expect([ready.pid, ready.env.SCW_API_URL, (await stat(readyFile)).mode & 0o777]).toEqual([
      child.pid,
      ready.url,
      0o600,
    ]);
    const answer = await fetch(`${ready.url}/marketplace/v2/images`);
    expect(answer.status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

test('a wrong option ends with the usage', async () => {
  const child = spawn(process.execPath, [MAIN, '--machines', 'docker']);
  const [message] = await once(child.stderr, 'data');
  expect(String(message)).toContain('--machines docker: expected memory or none');
  expect(await once(child, 'exit')).toEqual([1, null]);
});
