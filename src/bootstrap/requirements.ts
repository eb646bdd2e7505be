import type { Readiness } from '../core/bootstrap.ts';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import { ConnectError, type Failure } from './errors.ts';
import type { Pool } from './pool.ts';
import { openShell } from './shell.ts';

const BOOT_LOOK_MS = 20_000;

interface Requirement {
  readonly name: 'port' | 'host key' | 'login' | 'shell';
  /** Whether it can still come by itself. A wrong host key cannot: it is thrown. */
  readonly mayCome: boolean;
  waitingFor(error: ConnectError): string;
}

const REQUIREMENTS = {
  port: {
    name: 'port',
    mayCome: true,
    waitingFor: ({ target, detail }) => `port ${target.port} of ${target.host} (${detail})`,
  },
  hostKey: { name: 'host key', mayCome: false, waitingFor: ({ target }) => `the host key of ${target.host}` },
  // cloud-init writes the keys after sshd has started, so that a refusal may pass. The caller's deadline ends it.
  login: {
    name: 'login',
    mayCome: true,
    waitingFor: ({ target, detail }) => `login as ${target.users.join(', ')} (${detail})`,
  },
  shell: { name: 'shell', mayCome: true, waitingFor: ({ target, detail }) => `a shell on ${target.host} (${detail})` },
} as const satisfies Record<string, Requirement>;

/** Which requirement a failed connection did not meet. They are met in this order. */
const UNMET = {
  refused: REQUIREMENTS.port,
  unreachable: REQUIREMENTS.port,
  unresolved: REQUIREMENTS.port,
  'timed-out': REQUIREMENTS.port,
  closed: REQUIREMENTS.port,
  'forwarding-refused': { ...REQUIREMENTS.port, mayCome: false },
  'no-algorithm': { ...REQUIREMENTS.port, mayCome: false },
  'wrong-host-key': REQUIREMENTS.hostKey,
  'login-refused': REQUIREMENTS.login,
  'no-shell': REQUIREMENTS.shell,
} as const satisfies Record<Failure, Requirement>;

/** Where cloud-init stands; `none` where it is not or does not run. */
const BOOT = `
  if [ -e /var/lib/cloud/instance/boot-finished ]; then echo done
  elif [ -e /run/cloud-init/disabled ] || ! command -v cloud-init >/dev/null 2>&1; then echo none
  else cloud-init status 2>/dev/null | sed -n 's/^status: *//p'; fi`;
const BOOT_RUNS = ['running', 'not run', 'not started'];

/**
 * One look at how far a machine is on its way to SSH: the port answers, the host key proves, a user is let in, a shell
 * runs commands, the boot has finished. What may come by itself is a value; the rest throws.
 */
export async function lookAt(pool: Pool, target: SshTarget, signal: AbortSignal): Promise<Readiness> {
  try {
    const seen = await pool.use(target, signal, async (connection, fresh) => ({ ...connection, fresh }));
    // Only what a connection made just now has seen is news; the machine of an older one may have rebooted since.
    if (seen.fresh && seen.booted) return { ready: true, user: seen.user, hostKey: seen.hostKey };
    const shell = await openShell(pool, target, signal);
    const boot = await shell.run({ script: BOOT, timeoutMs: BOOT_LOOK_MS }, signal);
    if (!BOOT_RUNS.includes(boot.stdout.trim())) return { ready: true, user: shell.user, hostKey: shell.hostKey };
    const hint = 'cloud-init still works through the user data; `cloud-init status --long` on the machine tells more.';
    return { ready: false, waitingFor: `cloud-init to finish on ${target.host}`, hint };
  } catch (error) {
    if (!(error instanceof SalternError)) throw error;
    if (error instanceof ConnectError) {
      const unmet = UNMET[error.failure];
      if (!unmet.mayCome) throw error;
      return { ready: false, waitingFor: unmet.waitingFor(error), hint: error.hint ?? '' };
    }
    // Connected and lost again: sshd restarts, or the machine reboots.
    if (error.code !== 'unavailable' && error.code !== 'timeout') throw error;
    return { ready: false, waitingFor: `a shell on ${target.host} (${error.message})`, hint: error.hint ?? '' };
  }
}
