import type { InstanceStatus } from '../../core/instance.ts';

/** What to do about a server to bring it somewhere: an action of the API, nothing, come back later, or it cannot be done. */
type Move<Action extends string> = Action | 'done' | 'wait' | 'refuse';

export interface StateRow {
  readonly status: InstanceStatus;
  readonly start: Move<'poweron'>;
  readonly stop: Move<'poweroff'>;
  readonly reboot: Move<'reboot'>;
  /** `terminate` takes local volumes along and needs a machine that is up; `delete` is for one that is off. */
  readonly destroy: Move<'terminate' | 'delete'>;
}

/** The server states of the Instance v1 API, with the actions that `allowed_actions` shows for each in recorded answers. */
const STATES: Readonly<Record<string, StateRow>> = {
  stopped: { status: 'stopped', start: 'poweron', stop: 'done', reboot: 'refuse', destroy: 'delete' },
  'stopped in place': { status: 'stopped', start: 'poweron', stop: 'poweroff', reboot: 'refuse', destroy: 'terminate' },
  starting: { status: 'starting', start: 'done', stop: 'wait', reboot: 'wait', destroy: 'wait' },
  running: { status: 'running', start: 'done', stop: 'poweroff', reboot: 'reboot', destroy: 'terminate' },
  stopping: { status: 'stopping', start: 'wait', stop: 'done', reboot: 'wait', destroy: 'wait' },
  locked: { status: 'locked', start: 'refuse', stop: 'refuse', reboot: 'refuse', destroy: 'refuse' },
};

const TERMINATING: StateRow = {
  status: 'destroying',
  start: 'refuse',
  stop: 'done',
  reboot: 'refuse',
  destroy: 'done',
};
const UNKNOWN: StateRow = { status: 'unknown', start: 'wait', stop: 'wait', reboot: 'wait', destroy: 'wait' };

/** The row of a server's state. A server that is being terminated says `stopping` and tells the rest in its detail. */
export function stateRow(server: { readonly state: string; readonly state_detail?: string | null }): StateRow {
  if (server.state === 'stopping' && server.state_detail === 'terminating') return TERMINATING;
  return STATES[server.state] ?? UNKNOWN;
}
