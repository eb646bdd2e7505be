import { formatDuration } from '../../lib/duration.ts';
import { paint, paintStatus } from './color.ts';
import { type Sink, type Terminal, terminal } from './context.ts';
import { displayWidth, pad, plain, truncate } from './text.ts';

export interface ProgressUpdate {
  /** The step at work, as the operation names it. */
  readonly step: string;
  /** The machine's status; colours its line. */
  readonly status: string;
  /** What the step waits for. */
  readonly detail?: string | null;
  /** Since the machine was asked for, in ms. */
  readonly elapsedMs: number;
}

/** What people see while operations run, one line a machine. All of it goes to stderr. */
export interface Progress {
  update(name: string, update: ProgressUpdate): void;
  /** Takes a line away without a word. */
  remove(name: string): void;
  /** A line of its own that stays. */
  note(text: string): void;
  /** The machine's last line, that stays. */
  done(name: string, ok: boolean, text: string): void;
  /** Writes what is left and stops drawing. The terminal is as before; safe to call twice. */
  close(): void;
}

interface Active extends ProgressUpdate {
  readonly seenAt: number;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const DRAW_EVERY_MS = 100;

/** Redraws in place on a terminal; elsewhere writes a plain line whenever a machine comes to another step. */
export function createProgress(stderr: Sink, env: NodeJS.ProcessEnv = process.env): Progress {
  const { tty } = terminal(stderr, env);
  return tty && env['TERM'] !== 'dumb' ? createLive(stderr, env) : createPlain(stderr);
}

function createPlain(stderr: Sink): Progress {
  const active = new Map<string, Active>();
  return {
    update(name, update) {
      const before = active.get(name);
      active.set(name, { ...update, seenAt: Date.now() });
      if (before?.step === update.step) return;
      stderr.write(`${plain(name)}: ${plain(update.step)} (${formatDuration(update.elapsedMs)})\n`);
    },
    remove: (name) => void active.delete(name),
    note: (text) => void stderr.write(`${text}\n`),
    done(name, ok, text) {
      const last = active.get(name);
      const took = last ? ` (${formatDuration(elapsed(last))})` : '';
      stderr.write(`${plain(name)}: ${ok ? '' : 'failed: '}${plain(text)}${took}\n`);
      active.delete(name);
    },
    close: () => {},
  };
}

/**
 * Finished machines become lines above, for good; those at work are the block below that is drawn again and again. The
 * cursor is never hidden, so that no Ctrl-C can leave a terminal without one.
 */
function createLive(stderr: Sink, env: NodeJS.ProcessEnv): Progress {
  const active = new Map<string, Active>();
  const counts = { ok: 0, failed: 0 };
  let lasting: string[] = [];
  let drawn: string[] = [];
  let frame = 0;
  let names = 0;
  let timer: NodeJS.Timeout | null = null;

  const draw = (last = false) => {
    const shown = terminal(stderr, env);
    const erase = eraseLines(drawn, shown.width ?? 80);
    const block = last
      ? []
      : renderActive({ active, counts, names, spinner: FRAMES[frame % FRAMES.length] ?? '' }, shown);
    if (erase === '' && lasting.length === 0 && block.length === 0) return;
    stderr.write(erase + [...lasting, ...block].map((line) => `${line}\n`).join(''));
    lasting = [];
    drawn = block;
    frame += 1;
  };
  const wake = () => {
    timer ??= setInterval(draw, DRAW_EVERY_MS).unref();
  };
  return {
    update(name, update) {
      active.set(name, { ...update, seenAt: Date.now() });
      names = Math.max(names, displayWidth(plain(name)));
      wake();
    },
    remove: (name) => void active.delete(name),
    note(text) {
      lasting.push(text);
      wake();
    },
    done(name, ok, text) {
      const last = active.get(name);
      const { colors } = terminal(stderr, env);
      const mark = ok ? paint('green', '✓', colors) : paint('red', '✗', colors);
      lasting.push(`${mark} ${line(name, last ? elapsed(last) : null, text, names)}`);
      active.delete(name);
      counts[ok ? 'ok' : 'failed'] += 1;
      wake();
    },
    close() {
      if (timer) clearInterval(timer);
      timer = null;
      draw(true);
      active.clear();
    },
  };
}

interface Scene {
  readonly active: ReadonlyMap<string, Active>;
  readonly counts: { readonly ok: number; readonly failed: number };
  /** Columns for names, so that lines above and below stay aligned. */
  readonly names: number;
  readonly spinner: string;
}

/** The block of machines at work, never higher than the terminal, no line wider. */
function renderActive({ active, counts, names, spinner }: Scene, shown: Terminal): string[] {
  const width = shown.width ?? 80;
  const room = Math.max(2, (shown.height ?? 24) - 1);
  const first = [...active].slice(0, active.size > room ? room - 1 : room);
  const lines = first.map(([name, it]) => {
    const text = it.detail ? `${it.step}: ${it.detail}` : it.step;
    const whole = line(name, elapsed(it), text, names);
    return `${paintStatus(it.status, spinner, shown.colors)} ${truncate(whole, width - 3)}`;
  });
  if (first.length === active.size) return lines;
  const summary = `${spinner} … ${active.size - first.length} more at work, ${counts.ok} done, ${counts.failed} failed`;
  return [...lines, truncate(summary, width - 1)];
}

function line(name: string, ms: number | null, text: string, names: number): string {
  return `${pad(plain(name), names)}  ${pad(ms === null ? '' : formatDuration(ms), 5, 'right')}  ${plain(text)}`;
}

function elapsed(it: Active): number {
  return it.elapsedMs + Date.now() - it.seenAt;
}

/** A window made narrower has wrapped our lines: they are counted as they lie there now. */
function eraseLines(lines: readonly string[], width: number): string {
  if (lines.length === 0) return '';
  const rows = lines.reduce((sum, it) => sum + Math.max(1, Math.ceil(displayWidth(unpainted(it)) / width)), 0);
  return `\x1b[${rows}F\x1b[0J`;
}

function unpainted(text: string): string {
  return text.replace(/\x1b\[\d+m/g, '');
}
