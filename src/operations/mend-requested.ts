import type { Machine } from '../core/machine.ts';
import { setMachine } from './machines.ts';
import type { World } from './requests.ts';

const HINTS = {
  created: 'Destroy it and create it again; nothing was made.',
  imported: 'Forget it and import it again; nothing was done to it.',
  enrolled: 'Enrol it again or forget it; nothing on it was touched.',
} as const satisfies Record<Machine['origin'], string>;

/**
 * A crash between taking a name and beginning its operation leaves a machine that nobody works on. Nothing was asked of the
 * backend: it becomes `failed` and says so. Called before unfinished operations are taken up.
 */
export async function mendRequested({ ports }: World): Promise<void> {
  const requested = await ports.store.machines.list({ statuses: ['requested'] });
  if (requested.length === 0) return;
  const batches = await ports.store.operations.unfinished();
  const claimed = JSON.stringify(batches.map((batch) => batch.input));
  for (const machine of requested.filter(({ id }) => !claimed.includes(id))) {
    const operation = { id: '', actor: { kind: 'controller', name: 'start' } as const };
    await setMachine(ports, operation, machine.id, {
      status: 'failed',
      error: {
        code: 'cancelled',
        message: 'the controller ended before it began with this machine',
        hint: HINTS[machine.origin],
      },
    });
  }
}
