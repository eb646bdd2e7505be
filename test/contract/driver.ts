import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../../src/core/driver.ts';
import type { Instance, InstanceRequest, InstanceSpec } from '../../src/core/instance.ts';
import type { ResourceRef } from '../../src/core/resource.ts';
import { newId } from '../../src/lib/ids.ts';

/** A driver with a backend behind it, in which nothing of value is. */
export interface DriverWorld<Options> {
  readonly driver: Driver<Options>;
  /** Something small that can be had. */
  readonly request: InstanceRequest;
  /** What an instance of that request can become, where sizes can be changed. */
  readonly otherSize?: string;
  readonly options: Options;
  close(): Promise<void>;
}

export interface DriverContract<Options> {
  readonly name: string;
  open(): Promise<DriverWorld<Options>>;
  /** How long (ms) a change may take there; 5,000 unless said. */
  readonly patienceMs?: number;
}

/** What every driver promises. Call it once in the driver's own test file. */
export function driverContract<Options>({ name, open, patienceMs = 5000 }: DriverContract<Options>): void {
  describe(`${name} keeps the driver contract`, () => {
    let world: DriverWorld<Options>;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(() => world?.close());
    const tools: Tools<Options> = { world: () => world, until: (look) => until(look, patienceMs) };
    accountAndCatalog(tools);
    instances(tools);
    ending(tools);
    powers(tools);
    changes(tools);
  });
}

interface Tools<Options> {
  world(): DriverWorld<Options>;
  until<T>(look: () => Promise<T | null | false>): Promise<T>;
}

function accountAndCatalog<Options>({ world }: Tools<Options>): void {
  test('check names the same account, endpoint and project each time', async () => {
    const { driver } = world();
    const facts = await driver.check();
    expect(facts.endpoint).not.toBe('');
    expect(facts.account).not.toBe('');
    expect(await driver.check()).toEqual(facts);
  });

  test('a request resolves to an image and a size of one architecture that are on offer', async () => {
    const { driver, request, options } = world();
    const resolved = await driver.resolve(request, options);
    expect(resolved.image.arch).toBe(resolved.size.arch);
    const sizes = await all(driver.sizes({ location: resolved.location }));
    expect(sizes.map(({ id }) => id)).toContain(resolved.size.id);
    const images = await all(driver.images({ location: resolved.location, match: request.image }));
    expect(images.map(({ id }) => id)).toContain(resolved.image.id);
    expect((await all(driver.locations())).map(({ id }) => id)).toContain(resolved.location);
  });

  test('an image and a size that nobody has are refused by name, before anything is made', async () => {
    const { driver, request, options } = world();
    const before = await all(driver.instances({}));
    await expect(driver.resolve({ ...request, image: 'no-such-image' }, options)).rejects.toMatchObject({
      code: 'not_found',
      field: 'image',
    });
    await expect(driver.resolve({ ...request, size: 'no-such-size' }, options)).rejects.toMatchObject({
      code: 'not_found',
      field: 'size',
    });
    await expect(driver.resolve({ ...request, location: 'no-such-place' }, options)).rejects.toMatchObject({
      field: 'location',
    });
    expect(await all(driver.instances({}))).toHaveLength(before.length);
  });
}

function instances<Options>({ world, until }: Tools<Options>): void {
  test('ensure makes it once, says so at once, and marks it as ours', async () => {
    const { driver } = world();
    const ref = newRef();
    const created: string[] = [];
    const onCreated = async (id: string) => void created.push(id);
    const made = await driver.instance.ensure(await specOf(world(), ref), { ...ref, onCreated });
    expect(made).toMatchObject({ name: ref.name, owner: ref.owner });
    expect(created).toEqual([made.nativeId]);
    const again = await driver.instance.ensure(await specOf(world(), ref), { ...ref, attempted: true, onCreated });
    expect(again.nativeId).toBe(made.nativeId);
    expect(created).toHaveLength(1);
    const listed = await all(driver.instance.list(ref.owner));
    expect(listed.map(({ nativeId }) => nativeId)).toEqual([made.nativeId]);
  });

  test('an earlier try that did nothing is made good', async () => {
    const { driver } = world();
    const ref = { ...newRef(), attempted: true };
    expect(await driver.instance.find(ref)).toBeNull();
    const made = await driver.instance.ensure(await specOf(world(), ref), ref);
    expect((await driver.instance.find(ref))?.nativeId).toBe(made.nativeId);
  });

  test('it comes to run with an address, found by mark and by native id alike', async () => {
    const { driver } = world();
    const { ref, made } = await make(world());
    const running = await until(async () => {
      const seen = await driver.instance.find({ ...ref, nativeId: made.nativeId });
      return seen?.status === 'running' && seen.addresses.length > 0 && seen;
    });
    expect(await driver.instance.find({ ...ref, nativeId: undefined })).toEqual(running);
    for (const part of running.parts ?? []) {
      const kind = driver.partKinds[part.kind];
      expect(await kind?.find({ ...ref, ...part })).toMatchObject({ nativeId: part.nativeId });
    }
  });

  test('a list holds what is ours and nothing else; instances() holds both', async () => {
    const { driver } = world();
    const [mine, alsoMine, theirs] = [newRef(), newRef(), newRef('another-installation')];
    for (const ref of [mine, alsoMine, theirs]) await make(world(), ref);
    const names = async (list: AsyncIterable<Instance>) => (await all(list)).map((one) => one.name);
    const ours = await names(driver.instance.list({ installation: mine.owner.installation }));
    expect(ours).toEqual(expect.arrayContaining([mine.name, alsoMine.name]));
    expect(ours).not.toContain(theirs.name);
    expect(await names(driver.instance.list(mine.owner))).toEqual([mine.name]);
    expect(await names(driver.instances({}))).toEqual(expect.arrayContaining([mine.name, theirs.name]));
  });

  test('a caller who gave up before the call gets `cancelled`, and nothing is made', async () => {
    const { driver } = world();
    const ref = newRef();
    const spec = await specOf(world(), ref);
    const gone = AbortSignal.abort();
    await expect(driver.instance.ensure(spec, ref, gone)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(all(driver.instance.list(ref.owner, gone))).rejects.toMatchObject({ code: 'cancelled' });
    await expect(driver.check(gone)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await driver.instance.find(ref)).toBeNull();
  });
}

function ending<Options>({ world, until }: Tools<Options>): void {
  test('destroying is repeatable, and nothing that costs money stays', async () => {
    const { driver } = world();
    const { ref, made } = await make(world());
    const known = { ...ref, nativeId: made.nativeId };
    await until(async () => (await driver.instance.find(known))?.status === 'running');
    await driver.instance.destroy(known);
    await driver.instance.destroy(known);
    await until(async () => (await driver.instance.find(known)) === null);
    await driver.instance.destroy(known);
    for (const part of made.parts ?? []) {
      const kind = driver.partKinds[part.kind];
      await until(async () => settles(() => kind?.destroy({ ...ref, ...part })));
      await kind?.destroy({ ...ref, ...part });
      await until(async () => (await kind?.find({ ...ref, ...part })) === null);
    }
    for (const kind of Object.values(driver.partKinds)) expect(await all(kind.list(ref.owner))).toEqual([]);
    expect(await driver.instance.find({ ...ref, nativeId: undefined })).toBeNull();
  });

  test('destroying what never was is success', async () => {
    await world().driver.instance.destroy({ ...newRef(), attempted: true });
  });
}

function powers<Options>({ world, until }: Tools<Options>): void {
  test('power, where there is some: each verb is repeatable, and reboot needs a running one', async () => {
    const { driver } = world();
    const { power } = driver;
    if (!power) return;
    const { ref, made } = await make(world());
    const known = { ...ref, nativeId: made.nativeId };
    const becomes = (status: string) => until(async () => (await driver.instance.find(known))?.status === status);
    await becomes('running');
    await power.start(known);
    await power.stop(known);
    await becomes('stopped');
    await power.stop(known);
    await expect(power.reboot(known)).rejects.toMatchObject({ code: 'conflict' });
    await power.start(known);
    await becomes('running');
    await power.reboot(known);
    await becomes('running');
  });

  test('user data, where it can be erased, can be erased twice', async () => {
    const { driver } = world();
    const { ref, made } = await make(world());
    await driver.userData?.erase({ ...ref, nativeId: made.nativeId });
    await driver.userData?.erase({ ...ref, nativeId: made.nativeId });
  });

  test('marks, where there are some, come and go and leave other tags alone', async () => {
    const { driver } = world();
    if (!driver.tagging) return;
    const { ref, made } = await make(world());
    const location = made.location;
    expect(await driver.tagging.mark(made.nativeId, location, null)).toMatchObject({
      owner: null,
      tags: ['color=blue'],
    });
    expect(await driver.instance.find({ ...ref, nativeId: undefined })).toBeNull();
    const marked = await driver.tagging.mark(made.nativeId, location, ref.owner);
    expect(marked.owner).toEqual(ref.owner);
    expect(marked.tags).toContain('color=blue');
    await expect(
      driver.tagging.mark(made.nativeId, location, { ...ref.owner, installation: 'another-installation' }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  test('ssh keys, where there are some, are there once and gone once', async () => {
    const { sshKeys } = world().driver;
    if (!sshKeys) return;
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhVlBGwhF2hjXB0NDJZ4vNgOIcCTEbCbOTpo7sVBpIX saltern';
    await sshKeys.ensure('contract', key);
    await sshKeys.ensure('contract', key);
    const named = async () => (await all(sshKeys.list())).filter((one) => one.name === 'contract');
    expect(await named()).toHaveLength(1);
    await sshKeys.destroy('contract');
    await sshKeys.destroy('contract');
    expect(await named()).toEqual([]);
  });
}

function changes<Options>({ world, until }: Tools<Options>): void {
  test('tags, where there are some, are put on beside those that are there', async () => {
    const { driver } = world();
    if (!driver.tagging) return;
    const { ref, made } = await make(world());
    const add = (tags: string[]) => driver.tagging?.add(made.nativeId, made.location, tags);
    const tagged = await add(['role=web', 'color=blue']);
    expect(tagged?.owner).toEqual(ref.owner);
    expect(tagged?.tags).toEqual([...made.tags, 'role=web']);
    await add(['role=web']);
    expect((await driver.instance.find({ ...ref, nativeId: undefined }))?.tags).toEqual(tagged?.tags);
  });

  test('the size, where it can be changed, changes while the instance is stopped, and only then', async () => {
    const { driver, otherSize = 'no-such-size' } = world();
    const { resizing, power } = driver;
    if (!resizing || !power) return;
    const { ref, made } = await make(world());
    const known = { ...ref, nativeId: made.nativeId };
    const becomes = (status: string) => until(async () => (await driver.instance.find(known))?.status === status);
    await becomes('running');
    await resizing.resize(known, made.size);
    await expect(resizing.resize(known, otherSize)).rejects.toMatchObject({ code: 'conflict' });
    await expect(resizing.resize(known, 'no-such-size')).rejects.toMatchObject({ code: 'not_found', field: 'size' });
    await power.stop(known);
    await becomes('stopped');
    await resizing.resize(known, otherSize);
    await until(async () => (await driver.instance.find(known))?.size === otherSize);
    await resizing.resize(known, otherSize);
    await power.start(known);
    await becomes('running');
    expect(await driver.instance.find(known)).toMatchObject({ size: otherSize });
  });
}

export function newRef(installation = 'contract-installation'): ResourceRef {
  const resource = newId();
  return {
    owner: { installation: installation.replaceAll('-', ''), resource },
    name: `m-${resource.slice(-8).toLowerCase()}`,
    attempted: false,
  };
}

export async function specOf<Options>(world: DriverWorld<Options>, ref: ResourceRef): Promise<InstanceSpec<Options>> {
  const { image, size, location } = await world.driver.resolve(world.request, world.options);
  return {
    name: ref.name,
    image: image.id,
    size: size.id,
    location,
    userData: `#cloud-config\nhostname: ${ref.name}\n`,
    tags: ['color=blue'],
    options: world.options,
  };
}

export async function make<Options>(
  world: DriverWorld<Options>,
  ref: ResourceRef = newRef(),
): Promise<{ ref: ResourceRef; made: Instance }> {
  return { ref, made: await world.driver.instance.ensure(await specOf(world, ref), ref) };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

export async function until<T>(look: () => Promise<T | null | false>, patienceMs = 5000): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(10)) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`not so after ${patienceMs} ms: ${look}`);
  }
}

/** True once it goes through; errors that pass mean "not yet", as they do to the engine. */
async function settles(work: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'retryable' in error && error.retryable) return false;
    throw error;
  }
}
