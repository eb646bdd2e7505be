import { expect, test } from 'vitest';
import { make, until } from '../../../test/contract/driver.ts';
import { type Emulated, emulated } from '../../../test/support/emulated-scaleway.ts';

async function stopped(world: Emulated) {
  const { ref, made } = await make(world);
  const known = { ...ref, nativeId: made.nativeId };
  const becomes = (status: string) =>
    until(async () => (await world.driver.instance.find(known))?.status === status && true);
  await becomes('running');
  await world.driver.power?.stop(known);
  await becomes('stopped');
  return known;
}

test('a size by any spelling is one request; the same size again is none', async () => {
  await using world = await emulated();
  const known = await stopped(world);
  world.forget();
  await world.driver.resizing?.resize(known, 'dev1-m');
  await world.driver.resizing?.resize(known, 'DEV1-M');
  expect(world.asked().filter((line) => !line.startsWith('GET'))).toEqual(['PATCH /instance/servers/*']);
  expect(world.emulator.dump().servers).toMatchObject([{ commercialType: 'DEV1-M' }]);
});

test.each([
  ['of another architecture', 'COPARM1-2C-8G', 'invalid', 'size'],
  ['too small for the local volume', 'PLAY2-NANO', 'invalid', 'volumes'],
  ['that is not sold in the zone', 'DEV1-XXL', 'not_found', 'size'],
])('a size %s is refused, and nothing changes', async (_, size, code, field) => {
  await using world = await emulated();
  const known = await stopped(world);
  await expect(world.driver.resizing?.resize(known, size)).rejects.toMatchObject({ code, field });
  expect(world.emulator.dump().servers).toMatchObject([{ commercialType: 'DEV1-S' }]);
});

test('stock counts: what was out when the catalogue was read is not asked for, what ran out since is refused', async () => {
  await using world = await emulated();
  world.emulator.admin.setStock('fr-par-1', 'DEV1-L', 'shortage');
  const known = await stopped(world);
  world.emulator.admin.setStock('fr-par-1', 'DEV1-M', 'shortage');
  const changes = () => world.asked().filter((line) => line.startsWith('PATCH')).length;
  world.forget();
  await expect(world.driver.resizing?.resize(known, 'DEV1-L')).rejects.toMatchObject({ code: 'out_of_stock' });
  expect(changes()).toBe(0);
  await expect(world.driver.resizing?.resize(known, 'DEV1-M')).rejects.toMatchObject({ code: 'out_of_stock' });
  expect(changes()).toBe(1);
});

test('while it is still stopping, the refusal passes', async () => {
  await using world = await emulated();
  const { ref, made } = await make(world);
  const known = { ...ref, nativeId: made.nativeId };
  await until(async () => (await world.driver.instance.find(known))?.status === 'running' && true);
  world.emulator.admin.setSpeed(0);
  await world.driver.power?.stop(known);
  const resizing = world.driver.resizing?.resize(known, 'DEV1-M');
  await expect(resizing).rejects.toMatchObject({ code: 'conflict', retryable: true });
});
