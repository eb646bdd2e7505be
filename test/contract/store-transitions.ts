import { SalternError } from '../../src/core/error.ts';
import type { Transitions } from '../../src/core/status.ts';

/** All changes that a table allows, as `from>to`. Staying the same is one of them. */
export function allowedByTable<S extends string>(statuses: readonly S[], table: Transitions<S>): string[] {
  const allowed = (from: S) => statuses.filter((to) => to === from || table[from].includes(to));
  return statuses.flatMap((from) => allowed(from).map((to) => `${from}>${to}`));
}

/** Tries each change from each status to each; those that went well, as `from>to`. Only `conflict` counts as a refusal. */
export async function triedChanges<S extends string>(
  statuses: readonly S[],
  change: (from: S, to: S) => Promise<void>,
): Promise<string[]> {
  const done: string[] = [];
  for (const from of statuses) {
    for (const to of statuses) {
      try {
        await change(from, to);
        done.push(`${from}>${to}`);
      } catch (error) {
        if (!(error instanceof SalternError && error.code === 'conflict')) throw error;
      }
    }
  }
  return done;
}
