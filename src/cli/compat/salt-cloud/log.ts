import { appendFileSync } from 'node:fs';
import type { Sink } from '../../base/context.ts';
import { LEVELS } from './options.ts';

export type Level = (typeof LEVELS)[number];

/** What is told from which level on, Salt's own numbers. */
const WEIGHT = {
  quiet: 1000,
  critical: 50,
  error: 40,
  warning: 30,
  info: 20,
  profile: 15,
  debug: 10,
  trace: 5,
  garbage: 1,
  all: 0,
} as const satisfies Record<Level, number>;

/** Lines as Salt logs them: `[INFO    ] salt-cloud starting`, on stderr and, when one was named, in a file. */
export interface SaltLog {
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** Whether lines of this level are shown on standard error. */
  tells(level: 'info' | 'error'): boolean;
}

export interface LogTarget {
  readonly stderr: Sink;
  readonly level: Level;
  readonly file: { readonly path: string; readonly level: Level } | null;
  /** Before each line on standard error. */
  readonly prefix: string;
}

export function openLog({ stderr, level, file, prefix }: LogTarget): SaltLog {
  const write = (name: 'info' | 'warning' | 'error', text: string) => {
    const label = `[${name.toUpperCase().padEnd(8)}]`;
    if (WEIGHT[name] >= WEIGHT[level]) stderr.write(`${prefix}${label} ${text}\n`);
    if (file && WEIGHT[name] >= WEIGHT[file.level]) {
      appendFileSync(file.path, `${localTime(new Date())} [salt.cloud       :0   ]${label}[${process.pid}] ${text}\n`);
    }
  };
  return {
    info: (text) => write('info', text),
    warning: (text) => write('warning', text),
    error: (text) => write('error', text),
    tells: (name) => WEIGHT[name] >= WEIGHT[level],
  };
}

/** `2026-03-01 09:05:00,042`, by the clock of this place, as Python's logging writes it. */
function localTime(date: Date): string {
  const here = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return here.toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
}

export function isLevel(text: string): text is Level {
  return LEVELS.some((level) => level === text);
}
