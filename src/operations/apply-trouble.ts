import type { Driver } from '../core/driver.ts';
import { type ErrorRecord, toRecord, toSalternError } from '../core/error.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { ApplyInput } from './apply-input.ts';
import { type Fleet, lookAtFleet } from './fleet.ts';
import { machineOf } from './machines.ts';
import { endUnmade, namesTaken } from './name-taken.ts';

type Wanted = Pick<ApplyInput, 'machine' | 'action' | 'changes' | 'fingerprint'>;

const TRIES = 3;
const PAUSE_MS = 1000;

/**
 * Which machines of one provider must not be begun, and why: all of them when it cannot be believed, and those to be made
 * whose name the account shows by now.
 */
export async function troublesAt(
  ports: Ports,
  operation: Pick<OperationRecord, 'id' | 'actor'>,
  provider: string,
  wanted: readonly Wanted[],
): Promise<Record<string, ErrorRecord>> {
  try {
    const open = await ports.provider(provider);
    const { all } = await patiently(ports, () => sharedLook(ports, operation.actor, open));
    const machines = await Promise.all(wanted.filter(isMade).map(({ machine }) => machineOf(ports, machine)));
    const taken = new Map((await namesTaken(ports.store, open, all, machines)).map((one) => [one.name, one]));
    const found: Record<string, ErrorRecord> = {};
    for (const machine of machines) {
      const other = taken.get(machine.name);
      if (!other) continue;
      const error = { code: 'conflict', message: other.message, hint: other.hint } as const;
      await endUnmade(ports, operation, machine, error);
      found[machine.id] = error;
    }
    return found;
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (error.code === 'cancelled') throw error;
    return Object.fromEntries(wanted.map(({ machine }) => [machine, toRecord(error)]));
  }
}

/** Of which there is no instance yet. */
function isMade({ action, changes, fingerprint }: Wanted): boolean {
  return action === 'create' || (fingerprint === null && (action === 'replace' || changes.includes('status')));
}

/** A single bad answer does not stop a provider's machines; but those of others do not wait for long. */
async function patiently<T>({ clock }: Ports, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!toSalternError(thrown).retryable || tries === TRIES) throw thrown;
      await clock.sleep(PAUSE_MS * tries);
    }
  }
}

const looks = new WeakMap<Driver, Promise<Fleet>>();

/** Machines that are retried at the same time are answered by one look. */
function sharedLook(ports: Ports, actor: Actor, open: OpenProvider): Promise<Fleet> {
  const { driver } = open;
  const present = looks.get(driver);
  if (present) return present;
  const look = lookAtFleet(ports, actor, open).finally(() => looks.delete(driver));
  looks.set(driver, look);
  return look;
}
