import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { acceptedKeys } from './accepted-keys.ts';

const KEY = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
const FINGER = /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/;

const dir = mkdtempSync(join(tmpdir(), 'saltern-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Salt's directory with one accepted key, `pki` below `dir`. */
function salt(name: string, pki: string, master: string | null): string {
  mkdirSync(join(dir, pki, 'minions'), { recursive: true });
  writeFileSync(join(dir, pki, 'minions', 'web-1'), KEY);
  mkdirSync(join(dir, name), { recursive: true });
  if (master !== null) writeFileSync(join(dir, name, 'master'), master);
  return join(dir, name);
}

test('keys lie where Salt keeps them, or where the master says', async () => {
  const own = salt('usual', 'usual/pki/master', null);
  const moved = salt('moved', 'elsewhere', `pki_dir: ${join(dir, 'elsewhere')}\n`);
  for (const saltDir of [own, moved]) {
    const stderr = new PassThrough();
    expect(await acceptedKeys(saltDir, ['web-1', 'web-2'], stderr)).toEqual({ 'web-1': expect.stringMatching(FINGER) });
    expect(stderr.read()).toBeNull();
  }
  expect(await acceptedKeys(join(dir, 'no-salt-here'), ['web-1'], new PassThrough())).toEqual({});
});

test('keys that may not be read are no keys, and that is said', async (context) => {
  if (process.getuid?.() === 0) context.skip('root may read everything');
  const shut = salt('shut', 'shut/pki/master', null);
  const folder = join(shut, 'pki', 'master', 'minions');
  chmodSync(folder, 0);
  const stderr = new PassThrough();
  expect(await acceptedKeys(shut, ['web-1'], stderr)).toEqual({});
  chmodSync(folder, 0o700);
  expect(String(stderr.read())).toContain('accepted minion keys are not recognised');
});
