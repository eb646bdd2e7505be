import type { DeployContext, DeployResult } from '../core/bootstrap.ts';
import type { DeployStep, FileStep, SshKeyStep } from '../core/deploy.ts';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import type { Clock } from '../lib/clock.ts';
import { runDetached } from './detached.ts';
import { address } from './errors.ts';
import { bareKey } from './keys.ts';
import { patiently } from './patiently.ts';
import type { Pool } from './pool.ts';
import { quote } from './quote.ts';
import { openShell } from './shell.ts';

export interface DeployDeps {
  readonly pool: Pool;
  readonly clock: Clock;
}

/** Does one deploy step. Safe to repeat with the same key: files and keys converge, a script runs once. */
export async function deploy(
  deps: DeployDeps,
  target: SshTarget,
  step: DeployStep,
  context: DeployContext,
): Promise<DeployResult> {
  const began = deps.clock.now();
  const finished = () => ({ code: 0, durationMs: deps.clock.now() - began });
  switch (step.kind) {
    case 'file':
      await patiently(deps.clock, context.signal, () => putFile(deps.pool, target, step, context.signal));
      return finished();
    case 'ssh-key':
      await patiently(deps.clock, context.signal, () => addKey(deps.pool, target, step, context.signal));
      return finished();
    case 'script':
      return runDetached(deps, target, step, context);
    default:
      return step satisfies never;
  }
}

async function putFile(pool: Pool, target: SshTarget, step: FileStep, signal: AbortSignal): Promise<void> {
  const shell = await openShell(pool, target, signal);
  await shell.put({ ...step, mode: step.mode ?? '0644' }, signal);
}

/** Appends a key to a user's authorized_keys when it is not there yet. */
async function addKey(pool: Pool, target: SshTarget, step: SshKeyStep, signal: AbortSignal): Promise<void> {
  const key = bareKey(step.publicKey);
  if (key === null) {
    throw new SalternError('invalid', 'the deploy step holds no SSH public key', {
      field: 'public_key',
      hint: 'Give one line as in a `.pub` file: `ssh-ed25519 AAAA… comment`.',
    });
  }
  const shell = await openShell(pool, target, signal);
  const user = step.user ?? shell.user;
  const script = addKeyScript(user, step.publicKey.trim(), key);
  const result = await shell.run({ script, sudo: user !== shell.user }, signal);
  if (result.code === 0) return;
  throw new SalternError(
    'invalid',
    `cannot add an SSH key for ${user} on ${address(target)}: ${result.stderr.trim()}`,
    {
      hint: 'See that the user exists on the machine and has a home directory.',
    },
  );
}

function addKeyScript(user: string, line: string, key: string): string {
  return `
    set -eu; umask 077
    user=${quote(user)}; line=${quote(line)}
    home=$(getent passwd "$user" | cut -d: -f6)
    [ -n "$home" ] || { echo "no such user" >&2; exit 1; }
    file=$home/.ssh/authorized_keys
    mkdir -p "$home/.ssh"
    touch "$file"
    if ! grep -qF ${quote(key)} "$file"; then
      if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >> "$file"; fi
      printf '%s\\n' "$line" >> "$file"
    fi
    chmod 700 "$home/.ssh"; chmod 600 "$file"
    if [ "$(id -u)" = 0 ]; then chown "$user:$(id -gn "$user")" "$home/.ssh" "$file"; fi`;
}
