import type { Problem } from './bundle.ts';

/** A problem as a compiler would tell it: place, message, the line with a caret, what was expected. No line end. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, level, message, excerpt } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const lines = [`${place}: ${level}: ${message}`];
  if (excerpt !== null) {
    const number = String(line);
    const margin = ' '.repeat(number.length);
    lines.push(`  ${number} | ${excerpt}`);
    lines.push(`  ${margin} | ${' '.repeat(column - 1)}${'^'.repeat(Math.max(1, problem.length))}`);
  }
  if (problem.expected) lines.push(`  expected: ${problem.expected}`);
  if (problem.nearest) lines.push(`  did you mean "${problem.nearest}"?`);
  if (problem.hint) lines.push(`  hint: ${problem.hint}`);
  return lines.join('\n');
}
