import type { Bootstrap } from '../core/bootstrap.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { addKey } from './authorized-keys.ts';
import { deploy } from './deploy.ts';
import { collectGrains } from './grains.ts';
import { newKeyPair } from './keys.ts';
import { leave } from './leave.ts';
import { createPool } from './pool.ts';
import { lookAt } from './requirements.ts';
import { newHostKey, SYSTEM_SSHD, useNewHostKey } from './rotate.ts';
import { openShell } from './shell.ts';
import { userData } from './user-data.ts';

export interface BootstrapDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Bootstrap over SSH: one verified connection per machine, kept while it is used. */
export function createBootstrap({ clock, log }: BootstrapDeps): Bootstrap {
  const pool = createPool({ log });
  return {
    newKeyPair,
    userData,
    look: (target, signal) => lookAt(pool, target, signal),
    shell: (target, signal) => openShell(pool, target, signal),
    newHostKey: (target, signal) => newHostKey(pool, target, SYSTEM_SSHD, signal),
    useNewHostKey: (target, signal) => useNewHostKey(pool, target, SYSTEM_SSHD, clock, signal),
    deploy: (target, step, context) => deploy({ pool, clock }, target, step, context),
    letIn: async (target, publicKey, signal) => {
      const shell = await openShell(pool, target, signal);
      return addKey(shell, target, { publicKey, user: shell.user, remember: true }, signal);
    },
    grains: async (target, signal) => collectGrains(await openShell(pool, target, signal), target, signal),
    leave: async (target, traces, signal) => leave(await openShell(pool, target, signal), target, traces, signal),
    bootId: async (target, signal) => {
      const shell = await openShell(pool, target, signal);
      const { stdout } = await shell.run({ script: 'cat /proc/sys/kernel/random/boot_id', timeoutMs: 30_000 }, signal);
      return stdout.trim();
    },
    release: (machine) => pool.forget(machine),
    close: () => pool.close(),
  };
}
