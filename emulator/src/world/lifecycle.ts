import type { Phase, PhaseEffect, Server, ServerState } from './types.ts';

export type ActionName = 'poweron' | 'poweroff' | 'reboot' | 'stop_in_place' | 'terminate';

interface Plan {
  /** States that accept the action; anything else answers 412 with `refusal`. */
  readonly from: readonly ServerState[];
  readonly refusal: string;
  /** Emulated milliseconds after the action at which each phase begins. */
  readonly phases: readonly { readonly after: number; state: ServerState; detail: string; effect?: PhaseEffect }[];
}

/**
 * Power actions as recordings show them. `running` comes while the kernel still boots, so it does
 * not mean that SSH answers. Durations are the median of the recordings or a little below.
 */
const PLANS: Readonly<Record<ActionName, Plan>> = {
  poweron: {
    from: ['stopped', 'stopped in place'],
    refusal: 'server should be stopped',
    phases: [
      { after: 0, state: 'starting', detail: 'allocating node' },
      { after: 1_000, state: 'starting', detail: 'provisioning node' },
      { after: 4_000, state: 'running', detail: 'booting kernel', effect: 'boot' },
    ],
  },
  poweroff: {
    from: ['running', 'stopped in place'],
    refusal: 'server should be running',
    phases: [
      { after: 0, state: 'stopping', detail: 'stopping', effect: 'halt' },
      { after: 5_000, state: 'stopped', detail: '', effect: 'release-node' },
    ],
  },
  stop_in_place: {
    from: ['running', 'starting'],
    refusal: 'server should be running',
    phases: [
      { after: 0, state: 'stopping', detail: 'stopping in place', effect: 'halt' },
      { after: 5_000, state: 'stopped in place', detail: 'stopped in place' },
    ],
  },
  reboot: {
    from: ['running', 'stopped in place'],
    refusal: 'server should be running',
    phases: [
      { after: 0, state: 'stopping', detail: 'rebooting' },
      { after: 4_000, state: 'running', detail: 'booting kernel', effect: 'reboot' },
    ],
  },
  terminate: {
    from: ['running', 'stopped in place'],
    refusal: 'server should be running',
    phases: [
      { after: 0, state: 'stopping', detail: 'terminating', effect: 'halt' },
      { after: 4_000, state: 'stopping', detail: 'terminating', effect: 'destroy' },
    ],
  },
};

/** How long the kernel boots after `running` until SSH answers, emulated milliseconds. */
export const BOOT_MS = 1_500;

export const isAction = (name: string): name is ActionName => Object.hasOwn(PLANS, name);

/** Why the action cannot begin now, or null. */
export function refusal(server: Server, action: ActionName): string | null {
  const plan = PLANS[action];
  return plan.from.includes(server.state) ? null : plan.refusal;
}

/** The phases of an action that begins at `now`. */
export const phasesOf = (action: ActionName, now: number): Phase[] =>
  PLANS[action].phases.map(({ after, state, detail, effect }) => ({
    at: now + after,
    state,
    detail,
    effect: effect ?? null,
  }));

const ALLOWED: Readonly<Record<ServerState, readonly string[]>> = {
  stopped: ['poweron', 'backup'],
  starting: ['stop_in_place', 'backup'],
  running: ['poweroff', 'terminate', 'reboot', 'stop_in_place', 'backup'],
  stopping: ['stop_in_place', 'backup'],
  'stopped in place': ['poweron', 'poweroff', 'terminate', 'reboot', 'backup'],
  locked: [],
};

/** `allowed_actions` as the API lists them in each state. */
export const allowedActions = (state: ServerState): readonly string[] => ALLOWED[state];
