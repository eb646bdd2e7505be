import { cpus } from 'node:os';

/** One measured thing and the most it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  /** What it was made from, for people. */
  readonly note: string;
}

export function isOk({ value, limit }: Figure): boolean {
  return value <= limit;
}

/** The machine that figures come from: without it they mean nothing. */
export function machineLine(): string {
  const all = cpus();
  return `${all[0]?.model.trim() ?? 'unknown CPU'}, ${all.length} cores, Node ${process.version}, ${process.platform} ${process.arch}`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** What, figure, limit, verdict, and what it was made from. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    ['WHAT', 'FIGURE', 'LIMIT', '', ''],
    ...figures.map((figure) => [
      figure.what,
      shown(figure.value, figure.unit),
      shown(figure.limit, figure.unit),
      isOk(figure) ? 'ok' : 'FAIL',
      figure.note,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

function shown(value: number, unit: string): string {
  return `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
}
