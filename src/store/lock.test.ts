import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDir } from './lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'store-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('lets one in at a time', async () => {
  const data = join(dir, 'made', 'by us');
  const first = await lockDataDir(data);
  const refused = { code: 'conflict', message: expect.stringContaining(`pid ${process.pid}`) };
  await expect(lockDataDir(data)).rejects.toMatchObject(refused);
  await expect(lockDataDir(data)).rejects.toMatchObject(refused);
  const elsewhere = await lockDataDir(join(dir, 'other'));
  await first.release();
  await first.release();
  const second = await lockDataDir(data);
  await second.release();
  await elsewhere.release();
});

it('names the other process, and is free once that was killed', async () => {
  const lock = new URL('./lock.ts', import.meta.url).href;
  const script = `await (await import('${lock}')).lockDataDir(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const refused = { code: 'conflict', message: expect.stringContaining(`pid ${child.pid}`) };
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused);
  child.kill('SIGSTOP');
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused);
  child.kill('SIGKILL');
  await once(child, 'close');
  await (await lockDataDir(dir)).release();
});
