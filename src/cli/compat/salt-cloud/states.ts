import type { Instance, Machine } from '../../../client/generated.ts';

/** What Salt's users call where an instance is in its life. */
export const INSTANCE_STATE = {
  creating: 'pending',
  stopped: 'stopped',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  destroying: 'terminating',
  locked: 'locked',
  unknown: 'unknown',
} as const satisfies Record<Instance['status'], string>;

/** The same for machines that only the inventory knows. */
export const MACHINE_STATE = {
  requested: 'pending',
  creating: 'pending',
  bootstrapping: 'running',
  ready: 'running',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  rebooting: 'rebooting',
  failed: 'unknown',
  missing: 'unknown',
  destroying: 'terminating',
  destroyed: 'terminated',
} as const satisfies Record<Machine['status'], string>;

/** From which state an action on a map takes a machine: `-a start -m MAP` passes over those that run. */
export const ACTION_STATES = {
  start: ['stopped'],
  stop: ['running'],
  reboot: ['running'],
} as const;
export type MapAction = keyof typeof ACTION_STATES;

export function isMapAction(action: string): action is MapAction {
  return Object.hasOwn(ACTION_STATES, action);
}
