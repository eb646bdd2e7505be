import { CliError } from '../../base/errors.ts';
import type { Session } from './session.ts';

/**
 * Shows what is set to be done and asks, in Salt's words and on stdout as Salt does. Only what begins with `y` means yes; an
 * answer may come through a pipe (`yes | salt-cloud -d web-1`). False when the answer was no.
 */
export async function confirmed({ parsed, call }: Session, message: string): Promise<boolean> {
  if (parsed.flag('assumeYes')) return true;
  call.stdout.write(`${message}\nProceed? [N/y] `);
  const answer = await firstLine(call.stdin);
  if (answer === null) {
    call.stdout.write('\n');
    throw new CliError('invalid', 'nobody answered; nothing was done', { hint: 'Give -y to go ahead without asking.' });
  }
  if (!/^y/i.test(answer)) return false;
  call.stdout.write('... proceeding\n');
  return true;
}

/** Null when the input ends before a line. */
async function firstLine(input: NodeJS.ReadableStream): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input });
  try {
    return await new Promise((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(null));
    });
  } finally {
    lines.close();
  }
}
