import { expect } from 'vitest';
import type { CrashPoint } from '../../src/engine/crash-points.ts';
import { expectOnly, machine } from './checks.ts';
import { recordedSteps } from './crash-points.ts';
import { crashEnv, kill, undergo, unlessKilled } from './crash-process.ts';
import { CRASH_PROFILE } from './crash-profile.ts';
import { expectLedger } from './crash-world.ts';
import { openScene, type Scene } from './harness.ts';
import { appliesOf, begin, byHand, mapOf, plan } from './map-fleet.ts';

const IMAGES = ['debian_bookworm', 'ubuntu_noble'];

/** Each round makes two machines, changes one, ends the two of the round before and, if asked, makes one anew. */
function fleetOf(round: number, replaces: boolean) {
  return mapOf(
    { name: 'stays', overrides: { tags: [`round-${round}`] } },
    `a-${round}`,
    { name: `b-${round}`, requires: ['stays'] },
    ...(replaces ? [{ name: 'swaps', overrides: { image: IMAGES[round % 2] } }] : []),
  );
}

/**
 * The points of every step that an apply records, dealt out to so many fleets: but for the steps that it has from creating
 * and destroying, whose crashes have a test of their own.
 */
export async function mapCrashes(
  points: readonly CrashPoint[],
  fleets: number,
  replaces: boolean,
): Promise<string[][]> {
  const found = new Set<string>();
  await liveAsMap([null], replaces, async (scene, operation) => {
    for (const { name } of await recordedSteps(scene, operation)) found.add(name);
    const made = await scene.create(['probe']);
    const body = { machines: ['probe'] };
    const { operation: ended } = await scene.client.request('POST', '/v1/machines/destroy', { body });
    await scene.ended(ended.id);
    for (const { name } of [...(await recordedSteps(scene, made.id)), ...(await recordedSteps(scene, ended.id))]) {
      found.delete(name.replace(/^[^:]+/, 'apply-machine'));
    }
  });
  const crashes = [...found].flatMap((name) => points.map((point) => `${name}:${point}`));
  return Array.from({ length: fleets }, (_, fleet) => crashes.filter((_, i) => i % fleets === fleet));
}

/**
 * A fleet that is applied round after round, the controller killed once in each. After each the cloud and the ledger hold
 * exactly what the map says, and the plan has nothing more to do.
 */
export async function liveAsMap(
  crashes: readonly (string | null)[],
  replaces: boolean,
  onEnd: (scene: Scene, operation: string) => Promise<void> = async () => {},
): Promise<void> {
  const scene = await openScene({ clockSpeed: 40 });
  try {
    await scene.start();
    await scene.configure({ options: CRASH_PROFILE.options });
    await applied(scene, 0, null, replaces);
    for (const [index, at] of crashes.entries()) {
      if (at !== null) {
        await kill(scene);
        await scene.start(crashEnv({ at }));
      }
      await onEnd(scene, await applied(scene, index + 1, at, replaces));
    }
  } catch (error) {
    if (error instanceof Error) error.message += `\ncontroller's log:\n${(await scene.log()).slice(-2000)}`;
    throw error;
  } finally {
    await scene.close();
  }
}

async function applied(scene: Scene, round: number, at: string | null, replaces: boolean): Promise<string> {
  const map = fleetOf(round, replaces);
  const before = await appliesOf(scene);
  const asked = await unlessKilled(scene, begin(scene, map, ['prune', 'replace']));
  if (at !== null) {
    await undergo(scene, { at }, asked?.operation.id ?? null);
    await scene.start();
  }
  const operation = asked?.operation.id ?? (await appliesOf(scene)).find((id) => !before.includes(id)) ?? '';
  const { status, error } = await scene.ended(operation);
  expect({ status, error }, at ?? 'no crash').toEqual({ status: 'succeeded', error: null });
  expectOnly(
    scene,
    map.machines.map(({ name }) => name),
  );
  await expectLedger(scene);
  expect(byHand(scene).server('stays').tags).toContain(`round-${round}`);
  for (const { name } of map.machines)
    expect(await machine(scene, name)).toMatchObject({ status: 'ready', error: null });
  expect(await plan(scene, map, ['prune']), at ?? 'no crash').toMatchObject({ changes: false });
  return operation;
}
