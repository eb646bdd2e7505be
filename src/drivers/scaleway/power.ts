import type { PowerControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import type { ResourceRef } from '../../core/resource.ts';
import type { Servers } from './servers.ts';
import { stateRow } from './statuses.ts';

/**
 * `stop` is the API's `poweroff`: the hypervisor is given back and the machine is no longer billed by the hour, only its
 * volumes and addresses; a local disk is copied away first, which takes minutes.
 */
export function createPower(servers: Servers): PowerControl {
  const move = (verb: 'start' | 'stop' | 'reboot') => async (ref: ResourceRef, signal?: AbortSignal) => {
    const server = await servers.find(ref, signal);
    if (!server) throw new SalternError('not_found', `server ${ref.nativeId ?? ref.name} is not there`);
    const action = stateRow(server)[verb];
    switch (action) {
      case 'done':
        return;
      case 'wait':
        throw new SalternError('conflict', `${verb}: server ${server.id} is ${server.state}`, { retry: true });
      case 'refuse':
        throw new SalternError('conflict', `${verb}: server ${server.id} is ${server.state}`, {
          hint: server.state === 'locked' ? "Ask Scaleway's support." : 'Start it first.',
        });
      case 'poweron':
      case 'poweroff':
      case 'reboot':
        return servers.act(server, action, signal);
      default:
        return action satisfies never;
    }
  };
  return { start: move('start'), stop: move('stop'), reboot: move('reboot') };
}
