import { styleText } from 'node:util';

export type Color = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

/** Colours of all statuses that are shown; what is not named is under way, thus yellow. */
const STATUS_COLORS: Readonly<Record<string, Color>> = {
  ready: 'green',
  ok: 'green',
  running: 'green',
  succeeded: 'green',
  done: 'green',
  exists: 'green',
  available: 'green',
  stopped: 'dim',
  destroyed: 'dim',
  gone: 'dim',
  cancelled: 'dim',
  unchecked: 'dim',
  failed: 'red',
  missing: 'red',
  unknown: 'red',
  none: 'red',
};

export function paint(color: Color, text: string, colors: boolean): string {
  return colors ? styleText(color, text, { validateStream: false }) : text;
}

export function paintStatus(status: string, text: string, colors: boolean): string {
  return paint(STATUS_COLORS[status] ?? 'yellow', text, colors);
}
