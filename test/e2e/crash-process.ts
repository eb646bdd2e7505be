import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './harness.ts';

/** What becomes of the controller's process while it works. */
export type Crash =
  /** It kills itself at a point of a step: the value of SALTERN_CRASH_AT. */
  | { readonly at: string }
  /** It is killed when `moment` resolves. */
  | { readonly title: string; readonly moment: (scene: Scene) => Promise<unknown> }
  /** It stands still, as on a laptop that sleeps, and goes on. */
  | { readonly freezeAfterMs: number; readonly forMs: number };

export function titleOf(crash: Crash): string {
  if ('at' in crash) return crash.at;
  if ('moment' in crash) return crash.title;
  return `frozen after ${crash.freezeAfterMs} ms for ${crash.forMs} ms`;
}

/** What the controller must be started with for a crash to come. */
export function crashEnv(crash: Crash | null | undefined): NodeJS.ProcessEnv {
  return crash && 'at' in crash ? { SALTERN_CRASH_AT: crash.at } : {};
}

/** Resolves when the crash has come; tells whether the process is dead. Throws when it cannot come any more. */
export async function undergo(scene: Scene, crash: Crash, operation: string | null): Promise<boolean> {
  if ('at' in crash) {
    await death(scene, crash.at, operation);
    return true;
  }
  if ('moment' in crash) {
    await crash.moment(scene);
    await kill(scene);
    return true;
  }
  await sleep(crash.freezeAfterMs);
  scene.controller().kill('SIGSTOP');
  await sleep(crash.forMs);
  scene.controller().kill('SIGCONT');
  return false;
}

export async function kill(scene: Scene): Promise<void> {
  const controller = scene.controller();
  const exit = once(controller, 'exit');
  controller.kill('SIGKILL');
  await exit;
}

/** The answer to a request; null when the process was killed before it could give one. */
export async function unlessKilled<T>(scene: Scene, request: Promise<T>): Promise<T | null> {
  const controller = scene.controller();
  try {
    return await request;
  } catch (error) {
    if (controller.exitCode === null && controller.signalCode === null) await once(controller, 'exit');
    if (controller.signalCode === 'SIGKILL') return null;
    throw error;
  }
}

/** An operation that ends while the process lives has a step that lacks the point. */
async function death(scene: Scene, at: string, operation: string | null): Promise<void> {
  const controller = scene.controller();
  if (controller.exitCode === null && controller.signalCode === null) {
    const exit = once(controller, 'exit').then(() => null);
    const survived = operation === null ? exit : scene.ended(operation).catch(() => exit);
    const ended = await Promise.race([exit, survived]);
    if (ended) throw new Error(`the operation ended (${ended.status}) and the process never came to ${at}`);
  }
  if (controller.signalCode !== 'SIGKILL') {
    throw new Error(`the controller ended with ${controller.exitCode ?? controller.signalCode} instead of at ${at}`);
  }
}
