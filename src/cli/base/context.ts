/** Somewhere to write: process.stdout, process.stderr or a test's own. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What the other end of a stream can show. */
export interface Terminal {
  readonly tty: boolean;
  readonly colors: boolean;
  /** Columns, or null where nothing limits a line (a pipe, a file). */
  readonly width: number | null;
  readonly height: number | null;
}

/** Looked at anew at each use, because windows change their size. Colours as https://no-color.org tells. */
export function terminal(stream: Sink, env: NodeJS.ProcessEnv = process.env): Terminal {
  if (!stream.isTTY) return { tty: false, colors: false, width: null, height: null };
  const colors = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return { tty: true, colors, width: stream.columns || 80, height: stream.rows || 24 };
}

/** Ends the process without a word when the reader of a stream went away (`saltern machine list | head -1`). */
export function endOnBrokenPipe(
  stream: NodeJS.EventEmitter,
  exit: (code: number) => void = (code) => process.exit(code),
): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    exit(0);
  });
}
