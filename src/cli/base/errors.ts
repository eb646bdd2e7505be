import { paint } from './color.ts';
import type { Sink } from './context.ts';
import { terminal } from './context.ts';

export interface CliErrorDetails {
  /** `file:line:column`, or the part of the request at fault. */
  readonly where?: string;
  /** What to do next, one sentence. */
  readonly hint?: string;
}

/** A mistake found before the controller was asked. `code` is one of the closed list in core/error.ts. */
export class CliError extends Error {
  readonly code: string;
  readonly where?: string;
  readonly hint?: string;

  constructor(code: string, message: string, details: CliErrorDetails = {}) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.where = details.where;
    this.hint = details.hint;
  }
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly where?: string;
  readonly hint?: string;
  readonly requestId?: string;
}

/**
 * Tells a person what failed, where, and what to do next; returns the process's exit code. Takes our own errors, the API's
 * ({code, message, hint, field, requestId}) and anything thrown, which counts as our defect.
 */
export function reportError(error: unknown, stderr: Sink, exitCodes: Readonly<Record<string, number>>): number {
  const told = tell(error, exitCodes);
  const label = paint('red', 'error:', terminal(stderr).colors);
  const lines = [`${label} ${indented(told.message)}`];
  if (told.where) lines.push(`  ${told.where}`);
  if (told.hint) lines.push(`  hint: ${indented(told.hint)}`);
  if (told.requestId) lines.push(`  request id ${told.requestId}`);
  stderr.write(`${lines.join('\n')}\n`);
  return exitCodes[told.code] ?? 1;
}

function tell(error: unknown, exitCodes: Readonly<Record<string, number>>): Told {
  if (error !== null && typeof error === 'object') {
    const text = (key: string) => {
      const value: unknown = Reflect.get(error, key);
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const code = text('code');
    if (code !== undefined && code in exitCodes) {
      return {
        code,
        message: text('message') ?? code,
        where: text('where') ?? text('field'),
        hint: text('hint'),
        requestId: text('requestId'),
      };
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, hint: 'This is a defect of Saltern: please report it with this text.' };
}

function indented(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n  ');
}
