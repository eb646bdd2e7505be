import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drivers } from './index.ts';

test('the list holds every driver folder, each under its own name', () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(drivers).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  for (const [name, driver] of Object.entries(drivers)) expect(driver.name).toBe(name);
});
