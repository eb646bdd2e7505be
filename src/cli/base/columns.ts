import type { Cell, Column } from './table.ts';

/** A column whose title is its key in capitals. */
export function column<Row>(
  key: string,
  value: (row: Row) => Cell,
  more: Partial<Pick<Column<Row>, 'align' | 'min' | 'priority' | 'title'>> = {},
): Column<Row> {
  return { key, title: key.toUpperCase(), value, ...more };
}

/** A time (ms since the epoch) for people: ISO 8601 to the second, or nothing. */
export function timeText(at: number | null): string | null {
  return at === null ? null : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
