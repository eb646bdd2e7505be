import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the judge answers of one directory: Salt's own result, or why there is none. */
export interface SaltAnswer {
  readonly error: string | null;
  readonly providers: Readonly<Record<string, Readonly<Record<string, Settings>>>>;
  /** Main file, provider and profile together. */
  readonly profiles: Readonly<Record<string, Effective>>;
  readonly main: Settings;
  readonly map: {
    readonly error: string | null;
    readonly machines: Readonly<Record<string, Effective>>;
    /** 0 is created first. */
    readonly levels: Readonly<Record<string, number>>;
    readonly errors: Readonly<Record<string, string>>;
  } | null;
  readonly log: readonly string[];
}

/** What holds for one machine under each key that is written anywhere, and what Salt makes of it. */
export interface Effective {
  readonly settings: Settings;
  readonly made: {
    readonly minion?: Settings;
    readonly grains?: Settings;
    /** The script of one's own, rendered. */
    readonly script?: string;
    readonly userdata?: string;
    readonly error?: string;
  };
}

export type Settings = Readonly<Record<string, unknown>>;

export interface OutputCase {
  readonly output: string;
  readonly value: unknown;
  readonly opts?: Settings;
}

/** What a template gives, or why it gives nothing. */
export interface RenderAnswer {
  readonly text?: string;
  readonly error?: string;
}

/** The Python that has Salt; empty when none is known. */
export const PYTHON = process.env['SALTERN_SALT_PYTHON'] ?? '';

/** Why real Salt cannot be asked here, told once; null when it can. With CI_DEEP=1 it has to be there. */
export function saltMissing(): string | null {
  if (PYTHON !== '' && existsSync(PYTHON)) return null;
  const reason = 'SALTERN_SALT_PYTHON names no Python that has Salt (test/conformance/salt/install.sh makes one)';
  if (process.env['CI_DEEP'] === '1') throw new Error(reason);
  console.log(`skipped: ${reason}`);
  return reason;
}

/** Asks real Salt about many cases in one process. */
export function askSalt(what: 'config', cases: readonly string[], env?: NodeJS.ProcessEnv): SaltAnswer[];
export function askSalt(what: 'output', cases: readonly OutputCase[]): string[];
export function askSalt(what: 'jinja', cases: readonly string[]): RenderAnswer[];
export function askSalt(what: string, cases: readonly unknown[], env: NodeJS.ProcessEnv = {}): unknown[] {
  const answer = spawnSync(PYTHON, [join(import.meta.dirname, 'judge.py'), what], {
    input: JSON.stringify({ cases }),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...env },
  });
  if (answer.status !== 0) throw new Error(`the judge failed: ${answer.stderr.slice(-2000)}`);
  return JSON.parse(answer.stdout);
}
