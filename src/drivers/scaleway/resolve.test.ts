import { expect, test } from 'vitest';
import { emulated } from '../../../test/support/emulated-scaleway.ts';

const PLAIN = { public_ip: 'dynamic' } as const;

test.each([
  ['debian_bookworm', 'a label'],
  ['Debian-Bookworm', 'a label as people write it'],
  ['Ubuntu 22.04 Jammy Jellyfish', 'a display name'],
  ['ubuntu 22.04 jammy jellyfish', 'a display name without its capitals'],
  ['Ubuntu Bionic Beaver', 'an image past its end of life'],
])('%s is understood: %s', async (image) => {
  await using world = await emulated();
  const { image: found } = await world.driver.resolve({ image, size: 'dev1-s' }, PLAIN);
  expect(found).toMatchObject({ source: 'public', arch: 'x86_64', location: 'fr-par-1' });
  expect(await world.driver.resolve({ image: found.id, size: 'DEV1-S' }, PLAIN)).toMatchObject({
    image: { id: found.id },
  });
});

test.each([
  ['debian_bokworm', 'Did you mean debian_bookworm?'],
  ['Ubuntu Noble (24.04 LTS)', 'Did you mean Ubuntu 24.04 Noble Numbat?'],
])('%s is not known: %s', async (image, hint) => {
  await using world = await emulated();
  await expect(world.driver.resolve({ image }, PLAIN)).rejects.toMatchObject({
    code: 'not_found',
    field: 'image',
    hint: expect.stringContaining(hint),
  });
});

test('without a size the cheapest in stock that fits is taken, and said', async () => {
  await using world = await emulated();
  world.emulator.admin.setStock('fr-par-1', 'STARDUST1-S', 'shortage');
  const { size, notes } = await world.driver.resolve({ image: 'debian_bookworm' }, PLAIN);
  expect(size.id).toBe('DEV1-S');
  expect(notes[0]).toBe('no size given: DEV1-S chosen, 0.009 EUR/h, the cheapest in stock that fits');
});

test('the kind of root volume follows the size: its own disk, or block storage where it has none', async () => {
  await using world = await emulated();
  const type = async (size: string) =>
    (await world.driver.resolve({ image: 'debian_bookworm', size }, PLAIN)).image.extra?.['type'];
  expect(await type('DEV1-S')).toBe('instance_local');
  expect(await type('PLAY2-PICO')).toBe('instance_sbs');
  const local = { ...PLAIN, root_volume: { type: 'l_ssd' as const } };
  await expect(world.driver.resolve({ image: 'debian_bookworm', size: 'PLAY2-PICO' }, local)).rejects.toMatchObject({
    code: 'invalid',
  });
});

test('ARM: the image of that architecture is taken, and one without it is refused with sizes that do', async () => {
  await using world = await emulated();
  const arm = await world.driver.resolve({ image: 'debian_bookworm', size: 'BASIC2-A2C-4G' }, PLAIN);
  expect(arm.image.arch).toBe('arm64');
  const onlyX86 = world.driver.resolve({ image: 'centos_stream_9', size: 'BASIC2-A2C-4G' }, PLAIN);
  await expect(onlyX86).rejects.toMatchObject({
    code: 'invalid',
    message: 'BASIC2-A2C-4G is arm64, image centos_stream_9 is there for x86_64 only',
    hint: expect.stringMatching(/DEV1-S/),
  });
});

test('a size that is out of stock names one that is not', async () => {
  await using world = await emulated();
  world.emulator.admin.setStock('fr-par-1', 'DEV1-S', 'shortage');
  await expect(world.driver.resolve({ image: 'debian_bookworm', size: 'DEV1-S' }, PLAIN)).rejects.toMatchObject({
    code: 'out_of_stock',
    hint: expect.stringContaining('is in stock and fits'),
  });
});

test.each([
  ['fr-par-9', 'Did you mean fr-par-1? Scaleway has'],
  ['nl-ams-1', 'Add nl-ams-1 to `zones` of the provider'],
])('zone %s is refused: %s', async (location, hint) => {
  await using world = await emulated();
  await expect(world.driver.resolve({ image: 'debian_bookworm', location }, PLAIN)).rejects.toMatchObject({
    code: 'invalid',
    field: 'location',
    hint: expect.stringContaining(hint),
  });
});

test('a hundred machines ask for the catalogue once', async () => {
  await using world = await emulated();
  const ask = () => world.driver.resolve({ image: 'debian_bookworm', size: 'DEV1-S' }, PLAIN);
  await Promise.all(Array.from({ length: 100 }, ask));
  expect(world.asked().length).toBeLessThanOrEqual(6);
});

test('an own image is found by its name, the newest first', async () => {
  await using world = await emulated();
  const { driver, emulator } = world;
  const post = async (path: string, key: string, body: object): Promise<string | undefined> => {
    const headers = { 'x-auth-token': emulator.env()['SCW_SECRET_KEY'] ?? '' };
    const url = `${emulator.url}/instance/v1/zones/fr-par-1/${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return ((await answer.json()) as Record<string, { id: string }>)[key]?.id;
  };
  const own = async (name: string) => {
    const volume_id = await post('volumes', 'volume', { name, size: 10_000_000_000, volume_type: 'l_ssd' });
    const root_volume = await post('snapshots', 'snapshot', { name, volume_id });
    return post('images', 'image', { name, root_volume, arch: 'x86_64' });
  };
  await own('golden');
  emulator.admin.advance(1000);
  const newest = await own('golden');
  const { image } = await driver.resolve({ image: 'Golden', size: 'DEV1-S' }, PLAIN);
  expect(image).toMatchObject({ id: newest, source: 'own' });
});
