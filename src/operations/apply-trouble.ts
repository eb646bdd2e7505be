import type { Driver } from '../core/driver.ts';
import { type ErrorRecord, toRecord, toSalternError } from '../core/error.ts';
import type { Actor } from '../core/operation.ts';
import type { OpenProvider, Ports } from '../core/ports.ts';
import type { ApplyInput } from './apply-input.ts';
import { type Fleet, lookAtFleet } from './fleet.ts';
import { machineOf } from './machines.ts';
import { namesTaken } from './name-taken.ts';

type Wanted = Pick<ApplyInput, 'machine' | 'action'>;

const TRIES = 3;
const PAUSE_MS = 1000;

/**
 * Which machines of one provider must not be begun, and why: all of them when it cannot be believed, and those to be made
 * whose name the account shows by now.
 */
export async function troublesAt(
  ports: Ports,
  actor: Actor,
  provider: string,
  wanted: readonly Wanted[],
): Promise<Record<string, ErrorRecord>> {
  try {
    const open = await ports.provider(provider);
    const { all } = await patiently(ports, () => sharedLook(ports, actor, open));
    const created = wanted.filter(({ action }) => action === 'create');
    const machines = await Promise.all(created.map(({ machine }) => machineOf(ports, machine)));
    const taken = new Map((await namesTaken(ports.store, open, all, machines)).map((one) => [one.name, one]));
    const found = machines.flatMap(({ id, name }) => {
      const other = taken.get(name);
      return other ? [[id, { code: 'conflict' as const, message: other.message, hint: other.hint }] as const] : [];
    });
    return Object.fromEntries(found);
  } catch (thrown) {
    const error = toSalternError(thrown);
    if (error.code === 'cancelled') throw error;
    return Object.fromEntries(wanted.map(({ machine }) => [machine, toRecord(error)]));
  }
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
