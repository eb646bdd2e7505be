import type { DeployContext, DeployResult } from '../core/bootstrap.ts';
import type { DeployStep, FileStep, SshKeyStep } from '../core/deploy.ts';
import type { SshTarget } from '../core/shell.ts';
import type { Clock } from '../lib/clock.ts';
import { addKey } from './authorized-keys.ts';
import { runDetached } from './detached.ts';
import { patiently } from './patiently.ts';
import type { Pool } from './pool.ts';
import { openShell, putRemotely } from './shell.ts';

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
      await patiently(deps.clock, context.signal, () => putFile(deps.pool, target, step, context));
      return finished();
    case 'ssh-key':
      await patiently(deps.clock, context.signal, () => giveKey(deps.pool, target, step, context));
      return finished();
    case 'script':
      return runDetached(deps, target, step, context);
    default:
      return step satisfies never;
  }
}

async function putFile(
  pool: Pool,
  target: SshTarget,
  step: FileStep,
  { signal, remember = false }: DeployContext,
): Promise<void> {
  const shell = await openShell(pool, target, signal);
  await putRemotely(shell.run, target, { ...step, mode: step.mode ?? '0644' }, { signal, remember });
}

async function giveKey(
  pool: Pool,
  target: SshTarget,
  { publicKey, user }: SshKeyStep,
  { signal, remember = false }: DeployContext,
): Promise<void> {
  const shell = await openShell(pool, target, signal);
  await addKey(shell, target, { publicKey, user: user ?? shell.user, remember }, signal);
}
