import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCipher } from './cipher.ts';
import { loadKey } from './key.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'store-key-'));
  file = join(dir, 'data', 'key');
});
afterEach(() => rmSync(dir, { recursive: true }));

it('makes a private key file once, also when many ask at the same moment', async () => {
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => loadKey({ file, env: {} })));
  expect(first).toHaveLength(32);
  for (const other of others) expect(other).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(dir, 'data'))).toEqual(['key']);
});

it('takes the key from the environment first, as hexadecimal digits or base64', async () => {
  const key = Buffer.alloc(32, 0xa7);
  for (const text of [key.toString('hex'), key.toString('base64'), `${key.toString('hex').toUpperCase()}\n`]) {
    expect(await loadKey({ file, env: { SALTERN_KEY: text } })).toEqual(key);
  }
  expect(readdirSync(dir)).toEqual([]);
  const short = loadKey({ file, env: { SALTERN_KEY: 'c2hvcnQ=' } });
  await expect(short).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('SALTERN_KEY') });
  await expect(short).rejects.not.toMatchObject({ message: expect.stringContaining('c2hvcnQ=') });
});

it('refuses a key file that others may read, and one that holds no key', async () => {
  await loadKey({ file, env: {} });
  chmodSync(file, 0o640);
  await expect(loadKey({ file, env: {} })).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('mode 640'),
    hint: expect.stringContaining(`chmod 600 ${file}`),
  });
  chmodSync(file, 0o600);
  writeFileSync(file, '');
  await expect(loadKey({ file, env: {} })).rejects.toMatchObject({ code: 'invalid' });
});

it('makes no new key beside a database that needs the old one', async () => {
  const database = join(dir, 'saltern.db');
  const first = await loadKey({ file, env: {}, database });
  writeFileSync(database, 'x');
  expect(await loadKey({ file, env: {}, database })).toEqual(first);
  rmSync(file);
  await expect(loadKey({ file, env: {}, database })).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('missing'),
  });
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

it('seals so that only the same key and name open it, and never the same way twice', () => {
  const cipher = createCipher(Buffer.alloc(32, 1));
  const sealed = cipher.seal('provider/1', 'value');
  expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
  expect(cipher.seal('provider/1', 'value')).not.toBe(sealed);
  expect(cipher.open('provider/1', sealed)).toBe('value');
  expect(cipher.open('provider/2', sealed)).toBeNull();
  expect(createCipher(Buffer.alloc(32, 2)).open('provider/1', sealed)).toBeNull();
  const flipped = sealed.replace(/.(?=[\w-]$)/, (digit) => (digit === 'A' ? 'B' : 'A'));
  for (const broken of [flipped, sealed.replace('v1', 'v2'), sealed.slice(0, -4), '', 'v1.a.b.c']) {
    expect(cipher.open('provider/1', broken)).toBeNull();
  }
});
