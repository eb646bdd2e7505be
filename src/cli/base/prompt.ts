import type { Readable, Writable } from 'node:stream';
import { CliError } from './errors.ts';

export interface ConfirmOptions {
  /** `--yes` was given. */
  readonly yes: boolean;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Asks before something that cannot be undone. Only `y` and `yes` mean yes; without a terminal there is nobody to ask. */
export async function confirm(question: string, { yes, stdin, stderr }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new CliError('invalid', `${question} Nobody can answer here: there is no terminal`, {
      hint: 'Give --yes to go ahead without asking.',
    });
  }
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: stdin, output: stderr });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
