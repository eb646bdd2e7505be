import { paint, paintStatus } from './color.ts';
import { displayWidth, pad, plain, truncate } from './text.ts';

export type Cell = string | number | boolean | null | undefined;

/** How one property of a row is shown. */
export interface Column<Row> {
  /** The name in CSV. A column called `status` is coloured. */
  readonly key: string;
  readonly title: string;
  value(row: Row): Cell;
  readonly align?: 'left' | 'right';
  /** May be cut down to this many columns before any other column is dropped. */
  readonly min?: number;
  /** On a narrow terminal the column with the lowest priority is dropped first. Without one it always stays. */
  readonly priority?: number;
}

interface Sized<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  width: number;
}

const GAP = 2;
/** Below this a cell tells nothing any more. */
const NARROWEST = 4;

/** A table as text, every line at most `width` columns wide (null: as wide as it gets), ending with a line end. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, colors }: { readonly width: number | null; readonly colors: boolean },
): string {
  const sized = fitted(
    columns.map((column) => measure(column, rows)),
    width,
  );
  const lines = [sized.map(({ column, width }) => paint('bold', align(column, column.title, width), colors))];
  for (let i = 0; i < rows.length; i += 1) {
    lines.push(
      sized.map(({ column, cells, width }) => {
        const text = cells[i] ?? '';
        const aligned = align(column, text, width);
        return column.key === 'status' ? paintStatus(text, aligned, colors) : aligned;
      }),
    );
  }
  return lines.map((cells) => `${cells.join(' '.repeat(GAP)).trimEnd()}\n`).join('');
}

/** A cell as text for people: one line, `-` for nothing. */
export function cellText(cell: Cell): string {
  return cell === null || cell === undefined || cell === '' ? '-' : plain(String(cell));
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Sized<Row> {
  const cells = rows.map((row) => cellText(column.value(row)));
  const width = cells.reduce((widest, cell) => Math.max(widest, displayWidth(cell)), displayWidth(column.title));
  return { column, cells, width };
}

/** First cuts what may be cut, by dropping columns makes that enough, and at the very last cuts everything. */
function fitted<Row>(all: Sized<Row>[], width: number | null): Sized<Row>[] {
  if (width === null) return all;
  let kept = all;
  while (total(kept.map((it) => ({ width: floor(it) }))) > width) {
    const least = leastImportant(kept);
    if (least === null) break;
    kept = kept.filter((it) => it !== least);
  }
  shrink(kept, width, floor);
  shrink(kept, width, () => NARROWEST);
  return kept;
}

function floor<Row>({ column, width }: Sized<Row>): number {
  return Math.min(width, Math.max(column.min ?? width, displayWidth(column.title)));
}

function leastImportant<Row>(columns: readonly Sized<Row>[]): Sized<Row> | null {
  let least: Sized<Row> | null = null;
  for (const it of columns) {
    const priority = it.column.priority ?? Number.POSITIVE_INFINITY;
    if (priority < (least?.column.priority ?? Number.POSITIVE_INFINITY)) least = it;
  }
  return least;
}

/** Takes a column at a time from the widest that is still above its lowest width. */
function shrink<Row>(columns: readonly Sized<Row>[], width: number, lowest: (it: Sized<Row>) => number): void {
  const limits = columns.map(lowest);
  while (total(columns) > width) {
    const above = columns.filter((it, i) => it.width > (limits[i] ?? 0));
    const widest = above.reduce<Sized<Row> | null>((most, it) => (most && most.width >= it.width ? most : it), null);
    if (widest === null) return;
    widest.width -= 1;
  }
}

function total(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, it) => sum + it.width, GAP * Math.max(0, columns.length - 1));
}

function align<Row>(column: Column<Row>, text: string, width: number): string {
  return pad(truncate(text, width), width, column.align);
}
