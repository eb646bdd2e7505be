import type { Traces } from '../core/bootstrap.ts';
import { SalternError } from '../core/error.ts';
import type { Shell, SshTarget } from '../core/shell.ts';
import { leaveScript } from './before-scripts.ts';
import { address } from './errors.ts';

const LEAVE_MS = 120_000;

/**
 * Puts back what a machine was before us and takes all of ours away; first what was done by sudo, if anything was. Answers
 * with what somebody else changed since. May be repeated until our key is gone.
 */
export async function leave(
  shell: Shell,
  target: SshTarget,
  traces: Traces,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const script = leaveScript(target.machine, traces.operations);
  const root = shell.user === 'root' ? [] : await asRoot(shell, target, script, traces, signal);
  return [...root, ...(await run(shell, target, { script, sudo: false }, signal))];
}

/** Only where there may be something of root's: it may be another's too, so sudo that is not allowed may be no loss. */
async function asRoot(
  shell: Shell,
  target: SshTarget,
  script: string,
  { sudo }: Traces,
  signal: AbortSignal,
): Promise<string[]> {
  const seen = await shell.run({ script: '[ -e /var/lib/saltern ]' }, signal);
  if (seen.code !== 0) return [];
  try {
    return await run(shell, target, { script, sudo: true }, signal);
  } catch (thrown) {
    if (!(thrown instanceof SalternError) || thrown.code !== 'forbidden') throw thrown;
    if (!sudo) return [];
    return ['/var/lib/saltern may hold what was written by sudo, which is not allowed now: it is left as it is'];
  }
}

async function run(
  shell: Shell,
  target: SshTarget,
  command: { readonly script: string; readonly sudo: boolean },
  signal: AbortSignal,
): Promise<string[]> {
  const { code, stdout, stderr } = await shell.run({ ...command, timeoutMs: LEAVE_MS }, signal);
  if (code === 0) return stdout.split('\n').filter((line) => line !== '');
  throw new SalternError('unavailable', `${address(target)} could not be left as it was: ${stderr.trim()}`, {
    retry: false,
    hint: 'See that its disk is neither full nor read-only; then forget it again.',
  });
}
