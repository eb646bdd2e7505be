import { paint, paintStatus } from './color.ts';
import { type Sink, terminal } from './context.ts';
import { type Cell, type Column, cellText, renderTable } from './table.ts';
import { displayWidth, pad, plain } from './text.ts';

export const FORMATS = ['table', 'json', 'yaml', 'csv', 'name'] as const;
export type Format = (typeof FORMATS)[number];

export interface OutputOptions {
  readonly format: Format;
  readonly stdout: Sink;
  /** Columns to fit into; the terminal's own unless given, no limit when null. */
  readonly width?: number | null;
}

/** One line of what `show` prints: several values stand below each other. */
export interface Field<Row> {
  /** The name in CSV. A field called `status` is coloured. */
  readonly key: string;
  readonly title: string;
  value(row: Row): Cell | readonly Cell[];
  /** Left out of the block when there is nothing to say. */
  readonly optional?: boolean;
}

/**
 * Prints a list. JSON and YAML are the rows as the API gave them; CSV has all columns under their keys (RFC 4180); `name` is
 * the column `name` (else the first), one a line; a table fits the terminal.
 */
export async function printRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: OutputOptions,
): Promise<void> {
  options.stdout.write(await renderRows(rows, columns, options));
}

/** Prints one thing: `Title: value` lines, or the same formats as a list's. */
export async function printObject<Row>(
  object: Row,
  fields: readonly Field<Row>[],
  options: OutputOptions,
): Promise<void> {
  if (options.format === 'table') return void options.stdout.write(renderBlock(object, fields, options.stdout));
  if (options.format === 'json' || options.format === 'yaml') {
    return void options.stdout.write(await serialize(object, options.format));
  }
  const columns = fields.map((field) => ({ ...field, value: (row: Row) => joined(field.value(row)) }));
  return printRows([object], columns, options);
}

async function renderRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { format, stdout, width }: OutputOptions,
): Promise<string> {
  switch (format) {
    case 'table': {
      const shown = terminal(stdout);
      return renderTable(rows, columns, { colors: shown.colors, width: width === undefined ? shown.width : width });
    }
    case 'json':
    case 'yaml':
      return serialize(rows, format);
    case 'csv':
      return [columns.map(({ key }) => key), ...rows.map((row) => columns.map((column) => column.value(row)))]
        .map((cells) => `${cells.map(csvCell).join(',')}\r\n`)
        .join('');
    case 'name': {
      const column = columns.find(({ key }) => key === 'name') ?? columns[0];
      return rows.map((row) => `${plain(String(column?.value(row) ?? ''))}\n`).join('');
    }
    default:
      return format satisfies never;
  }
}

async function serialize(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 });
}

function csvCell(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function joined(value: Cell | readonly Cell[]): Cell {
  return isList(value) ? value.map((cell) => String(cell ?? '')).join('\n') : value;
}

function isList(value: Cell | readonly Cell[]): value is readonly Cell[] {
  return Array.isArray(value);
}

function renderBlock<Row>(object: Row, fields: readonly Field<Row>[], stdout: Sink): string {
  const { colors } = terminal(stdout);
  const told = fields.filter(({ optional, value }) => !optional || (value(object) ?? '') !== '');
  const indent = Math.max(0, ...told.map(({ title }) => displayWidth(title))) + 2;
  return told
    .map(({ key, title, value }) => {
      const cells = value(object);
      const texts = (isList(cells) && cells.length > 0 ? cells : [isList(cells) ? null : cells]).map(cellText);
      const lines = texts.map((text) => (key === 'status' ? paintStatus(text, text, colors) : text));
      return `${paint('bold', pad(`${title}:`, indent), colors)}${lines.join(`\n${' '.repeat(indent)}`)}\n`;
    })
    .join('');
}
