import type { CrashPoint } from '../../src/engine/crash-points.ts';
import { type Chapter, type LifeVerb, live } from './crash-life.ts';
import { titleOf } from './crash-process.ts';
import type { Scene } from './harness.ts';

/**
 * Lives whose crashes are made from what the operations record in a life without one: every step of every verb gets every
 * point, one in each chapter of a life, until all are used. A step that is added later is there by itself.
 */
export async function livesWithCrashes(
  verbs: readonly LifeVerb[],
  points: readonly CrashPoint[],
): Promise<Chapter[][]> {
  const steps = new Map<LifeVerb, RecordedStep[]>();
  await live(
    verbs.map((verb) => ({ verb, crash: null })),
    { onEnd: async (scene, verb, operation) => void steps.set(verb, await recordedSteps(scene, operation)) },
  );
  const crashes = verbs.map((verb) =>
    (steps.get(verb) ?? []).flatMap(({ name }) => points.map((point) => `${name}:${point}`)),
  );
  return Array.from({ length: Math.max(...crashes.map((all) => all.length)) }, (_, life) => {
    const chapters = verbs.map((verb, i): Chapter => {
      const at = crashes[i]?.[life];
      return { verb, crash: at === undefined ? null : { at } };
    });
    return chapters.slice(0, chapters.findLastIndex(({ crash }) => crash !== null) + 1);
  });
}

/** What crashes in a life, for its title. */
export function crashTitles(chapters: readonly Chapter[]): string[] {
  return chapters.flatMap(({ crash }) => (crash ? [titleOf(crash)] : []));
}

export interface RecordedStep {
  /** `<operation>:<step>`. Ids differ in another run: they are `*`. */
  readonly name: string;
  readonly failed: boolean;
}

/** The steps of an operation and of its children, each once. */
export async function recordedSteps(scene: Scene, id: string): Promise<RecordedStep[]> {
  const { name, steps, children } = await scene.client.request('GET', '/v1/operations/{operation}', {
    params: { operation: id },
  });
  const own = steps.map((step) => ({
    name: `${name}:${step.name.replace(/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, '*')}`,
    failed: step.status === 'failed',
  }));
  const theirs = await Promise.all(children.map((child) => recordedSteps(scene, child.id)));
  const all = [...own, ...theirs.flat()];
  return [...new Map(all.map((step) => [step.name, step])).values()];
}
