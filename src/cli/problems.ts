import { resolve } from 'node:path';
import type { Bundle, Problem } from '../config/bundle.ts';
import type { Call } from './base/verb.ts';

/**
 * Tells what is wrong in files. `about` are the profiles that the command uses: warnings about other ones, and those that hold
 * for every command, are counted, and whoever wants them is told how. Null: all is told.
 */
export async function tellProblems(call: Call, bundle: Bundle, about: readonly string[] | null): Promise<void> {
  const { formatProblem } = await import('../config/problem.ts');
  const isTold = (problem: Problem) =>
    problem.level === 'error' || about === null || concerns(call, bundle, problem, about);
  for (const problem of bundle.problems.filter(isTold)) call.stderr.write(`${formatProblem(problem)}\n`);
  const rest = bundle.problems.filter((problem) => !isTold(problem)).length;
  if (rest === 0) return;
  const warnings = rest === 1 ? '1 warning is' : `${rest} warnings are`;
  call.stderr.write(`${warnings} about other things in these files: saltern config lint${filesOf(call)}\n`);
}

/** Whether it stands in a map that was read, or inside one of the profiles. */
function concerns({ cwd }: Call, bundle: Bundle, problem: Problem, about: readonly string[]): boolean {
  if (bundle.maps.some(({ name }) => name === resolve(cwd, problem.file))) return true;
  const profile = profileAround(bundle, problem, cwd);
  return profile !== null && about.includes(profile);
}

/** The profile that a problem stands in; null outside of all. */
export function profileAround({ profiles }: Bundle, { file, line }: Problem, cwd: string): string | null {
  const starts = profiles.flatMap(({ name, origin }) => {
    const at = origin.lastIndexOf(':');
    const here = resolve(cwd, file) === resolve(cwd, origin.slice(0, at));
    return here ? [{ name, line: Number(origin.slice(at + 1)) }] : [];
  });
  const [around] = starts.filter((start) => start.line <= line).sort((a, b) => b.line - a.line);
  return around?.name ?? null;
}

function filesOf({ options }: Call): string {
  const [saltDir, map] = [options.text('configDir'), options.text('map')];
  const files = options.list('file').map((file) => ` -f ${file}`);
  return [...files, saltDir === undefined ? '' : ` -c ${saltDir}`, map === undefined ? '' : ` -m ${map}`].join('');
}
