import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import type { Clock } from '../lib/clock.ts';
import { address, ConnectError } from './errors.ts';
import { bareKey } from './keys.ts';
import type { Pool } from './pool.ts';
import { quote } from './quote.ts';
import { openShell } from './shell.ts';

/** How long a reloaded sshd may still show the old key. */
const RELOAD_MS = 10_000;

/** Where sshd's things are on the machine. */
export interface SshdPlace {
  readonly folder: string;
  /** Makes sshd read its keys anew; how it ends does not matter, the next connection proves it. */
  readonly reload: string;
}

export const SYSTEM_SSHD: SshdPlace = {
  folder: '/etc/ssh',
  // With socket activation there is nothing to reload: each connection reads the keys.
  reload: `systemctl reload ssh || systemctl reload sshd || service ssh reload || service sshd reload ||
    kill -HUP "$(cat /run/sshd.pid || cat /var/run/sshd.pid)"`,
};

/** The machine makes a host key beside the present one, once, and returns its public half. */
export async function newHostKey(
  pool: Pool,
  target: SshTarget,
  place: SshdPlace,
  signal: AbortSignal,
): Promise<string> {
  const key = quote(`${place.folder}/ssh_host_ed25519_key.saltern`);
  return readKey(
    pool,
    target,
    signal,
    'make a host key',
    `
    set -eu; umask 077
    if [ ! -s ${key} ] || [ ! -s ${key}.pub ]; then
      rm -f ${key} ${key}.pub
      ssh-keygen -q -t ed25519 -N '' -C '' -f ${key} </dev/null >&2
    fi
    cat ${key}.pub`,
  );
}

/**
 * Puts the machine's own key in the place of the one that came by user data, takes all other host keys away (readers of
 * the account may know them), and proves the change: returns only when a new connection has shown the new key.
 */
export async function useNewHostKey(
  pool: Pool,
  target: SshTarget,
  place: SshdPlace,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const shown = await readKey(pool, target, signal, 'use the new host key', useScript(place));
  const pinned = { ...target, hostKeys: [shown] };
  if (target.hostKeys !== 'first-contact' && !target.hostKeys.some((line) => bareKey(line) === shown)) {
    throw new SalternError('conflict', `the host key now in use at ${address(target)} is none of those accepted`, {
      hint: 'Somebody else changed it. Compare its fingerprint on the machine (`ssh-keygen -lf`) and pin it.',
    });
  }
  const deadline = clock.now() + RELOAD_MS;
  for (;;) {
    pool.drop(target.machine);
    try {
      await pool.use(pinned, signal, async () => {});
      return;
    } catch (error) {
      const mayPass = error instanceof ConnectError && ['wrong-host-key', 'refused', 'closed'].includes(error.failure);
      if (!mayPass || clock.now() >= deadline) throw error;
    }
    await clock.sleep(200, signal);
  }
}

/** Each move is done when it is still to do, so that a second run ends where a first one was cut. */
function useScript({ folder, reload }: SshdPlace): string {
  const key = quote(`${folder}/ssh_host_ed25519_key`);
  const config = quote(`${folder}/sshd_config`);
  return `
    set -eu; umask 077
    key=${key}; config=${config}
    if [ -e "$key.saltern" ]; then mv -f "$key.saltern" "$key"; fi
    if [ -e "$key.saltern.pub" ]; then chmod 644 "$key.saltern.pub"; mv -f "$key.saltern.pub" "$key.pub"; fi
    for other in rsa ecdsa dsa; do rm -f ${quote(folder)}/ssh_host_"$other"_key ${quote(folder)}/ssh_host_"$other"_key.pub; done
    if grep -qi '^[[:space:]]*HostKey[[:space:]]' "$config" 2>/dev/null &&
       ! grep -qi "^[[:space:]]*HostKey[[:space:]][[:space:]]*$key[[:space:]]*$" "$config"; then
      cp -p "$config" "$config.saltern"
      { echo "HostKey $key"; cat "$config"; } > "$config.saltern"
      mv -f "$config.saltern" "$config"
    fi
    { ${reload}; } >/dev/null 2>&1 </dev/null || true
    cat "$key.pub"`;
}

async function readKey(
  pool: Pool,
  target: SshTarget,
  signal: AbortSignal,
  what: string,
  script: string,
): Promise<string> {
  const shell = await openShell(pool, target, signal);
  const result = await shell.run({ script, sudo: true, timeoutMs: 60_000 }, signal);
  const key = bareKey(result.stdout);
  if (result.code === 0 && key !== null) return key;
  throw new SalternError('unavailable', `${address(target)} could not ${what}: ${result.stderr.trim()}`, {
    hint: 'See that ssh-keygen is installed, that the disk is not full and that the user is root or may use sudo.',
  });
}
