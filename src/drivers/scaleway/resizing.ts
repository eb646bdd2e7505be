import type { ResizeControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import { type Context, instancePath } from './context.ts';
import { sizeNamed } from './resolve.ts';
import { type Server, ServerAnswer } from './schema.ts';
import type { Servers } from './servers.ts';
import { type Product, type Sizes, toArch } from './sizes.ts';

/**
 * Another `commercial_type`. Only a server in state `stopped` takes one, of its own architecture, outside any placement group,
 * and with room for its local volumes. Source: Instance v1 API, PATCH /servers/{id}.
 */
export function createResizing(context: Context, servers: Servers, sizes: Sizes): ResizeControl {
  return {
    async resize(ref, wanted, signal) {
      const server = await servers.find(ref, signal);
      if (!server) throw new SalternError('not_found', `server ${ref.nativeId ?? ref.name} is not there`);
      const size = sizeNamed(wanted, await sizes.inZone(server.zone, signal), server.zone);
      if (size.id === server.commercial_type) return;
      assertFits(server, size);
      const path = instancePath(context, server.zone, `/servers/${server.id}`);
      const json = { commercial_type: size.id };
      await context.client.call({ method: 'PATCH', path, json, answer: ServerAnswer }, signal);
    },
  };
}

/** What can be told without asking; room for volumes and placement groups are the API's own to refuse. */
function assertFits({ id, arch, state, zone }: Server, size: Product): void {
  if (toArch(arch) !== size.arch) {
    throw new SalternError('invalid', `${size.id} is ${size.arch}, server ${id} is ${arch}: it cannot become that`, {
      field: 'size',
      hint: 'Choose a size of the same architecture, or make a new machine.',
    });
  }
  if (state !== 'stopped') {
    throw new SalternError('conflict', `resize: server ${id} is ${state}`, {
      retry: state === 'stopping',
      hint: 'Stop it first.',
    });
  }
  if (size.stock === 'none') {
    throw new SalternError('out_of_stock', `${size.id} is out of stock in ${zone}`, {
      field: 'size',
      hint: 'Choose another size: `saltern size list` shows what is in stock.',
    });
  }
}
