import type { Fault } from '../../emulator/src/faults.ts';
import { type Crash, crashEnv, kill, undergo, unlessKilled } from './crash-process.ts';
import { CRASH_PROFILE } from './crash-profile.ts';
import { type Expected, expectWorld } from './crash-world.ts';
import { openScene, type Scene } from './harness.ts';

export type LifeVerb = 'create' | 'deploy' | 'reboot' | 'stop' | 'start' | 'destroy';

/** One thing asked of a machine, and what becomes of the controller meanwhile. */
export interface Chapter {
  readonly verb: LifeVerb;
  readonly crash: Crash | null;
  /** What the cloud does wrong while the verb is at work. */
  readonly faults?: readonly Fault[];
}

export interface LifeOptions {
  readonly clockSpeed?: number;
  /** For the controller, at each of its starts. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each operation that succeeded. */
  readonly onEnd?: (scene: Scene, verb: LifeVerb, operation: string) => Promise<void>;
}

const NAME = 'web-1';

/** What the machine must be once each verb is done; scripts that ran and boots are those that the verb adds. */
const AFTER: Readonly<Record<LifeVerb, Omit<Expected, 'name'>>> = {
  create: { status: 'ready', there: true, runs: 1, boots: 1 },
  deploy: { status: 'ready', there: true, runs: 1, boots: 0 },
  reboot: { status: 'ready', there: true, runs: 0, boots: 1 },
  stop: { status: 'stopped', there: true, runs: 0, boots: 0 },
  start: { status: 'ready', there: true, runs: 0, boots: 1 },
  destroy: { status: 'destroyed', there: false, runs: 0, boots: 0 },
};

/**
 * The life of one machine in a cloud and an installation of its own, with the chapters' crashes in it. The controller that
 * takes up an operation already carries the next chapter's crash. Throws when a crash does not come, an operation does not
 * succeed, or the world is not as it should be after a chapter.
 */
export async function live(chapters: readonly Chapter[], options: LifeOptions = {}): Promise<void> {
  const scene = await openScene({ clockSpeed: options.clockSpeed ?? 40 });
  const start = (crash: Crash | null | undefined) => scene.start({ ...options.env, ...crashEnv(crash) });
  let runs = 0;
  let boots = 0;
  try {
    await start(chapters[0]?.crash);
    await scene.configure(CRASH_PROFILE);
    for (const [index, { verb, crash, faults = [] }] of chapters.entries()) {
      const next = chapters[index + 1]?.crash;
      scene.emulator.admin.clearFaults();
      scene.emulator.admin.addFaults(faults);
      const asked = await unlessKilled(scene, ask(scene, verb));
      const dead = crash !== null && (await undergo(scene, crash, asked));
      if (dead) await start(next);
      const operation = asked ?? (await askedFor(scene, verb));
      const { status, error } = await scene.ended(operation);
      if (status !== 'succeeded') throw new Error(`${verb} ${status}: ${JSON.stringify(error)}`);
      runs += AFTER[verb].runs;
      boots += AFTER[verb].boots;
      await expectWorld(scene, { ...AFTER[verb], name: NAME, runs, boots });
      await options.onEnd?.(scene, verb, operation);
      if (!dead && next && 'at' in next) {
        await kill(scene);
        await start(next);
      }
    }
  } catch (error) {
    if (error instanceof Error) error.message += `\ncontroller's log:\n${(await scene.log()).slice(-2000)}`;
    throw error;
  } finally {
    await scene.close();
  }
}

async function ask({ client }: Scene, verb: LifeVerb): Promise<string> {
  const { operation } = await (verb === 'create'
    ? client.request('POST', '/v1/machines', { body: { names: [NAME], profile: 'web' } })
    : client.request('POST', `/v1/machines/${verb}`, { body: { machines: [NAME] } }));
  return operation.id;
}

/** The operation of a verb, when the answer with its id was lost. In a life each verb comes once. */
async function askedFor({ client }: Scene, verb: LifeVerb): Promise<string> {
  const { items } = await client.request('GET', '/v1/operations');
  const operation = items.find(({ name }) => name === `${verb}-machines`);
  if (!operation) throw new Error(`the operation was lost: the controller knows of no ${verb}`);
  return operation.id;
}
