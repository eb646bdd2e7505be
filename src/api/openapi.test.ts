import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ApiContext } from './context.ts';
import { openApiDocument } from './openapi.ts';
import { createApi } from './server.ts';

async function describeApi(): Promise<string> {
  const api = await createApi({ world: { ports: {} } } as ApiContext);
  await api.ready();
  return JSON.stringify(openApiDocument(api), null, 2);
}

test('the committed openapi.json is what the code says', async () => {
  const committed = await readFile(join(import.meta.dirname, '../../openapi.json'), 'utf8');
  expect(`${await describeApi()}\n`).toBe(committed);
});

test('the document refers to nothing that it does not hold', async () => {
  const text = await describeApi();
  const held = Object.keys(JSON.parse(text).components.schemas);
  const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(held));
});
