import type { Instance } from '../../core/instance.ts';
import type { ResourceKind } from '../../core/resource.ts';
import type { Addresses } from './addresses.ts';
import { Nothing } from './client.ts';
import { type Context, instancePath } from './context.ts';
import { createServer, type Spec } from './create-server.ts';
import { destroyServer } from './destroy-server.ts';
import { unlessUnseen } from './errors.ts';
import { toInstance } from './instances.ts';
import type { Servers } from './servers.ts';
import { stateRow } from './statuses.ts';

/** The kind `instance`: a server, its user data and its power, as one thing that converges. */
export function instanceKind(context: Context, servers: Servers, addresses: Addresses): ResourceKind<Spec, Instance> {
  return {
    kind: 'instance',
    marker: 'tag',
    settleMs: 60_000,
    async find(ref, signal) {
      const server = await servers.find(ref, signal);
      return server && toInstance(server);
    },
    /**
     * A new server is off and reads its user data at its first boot only: user data is set before the power, always. A server
     * found off gets both again, which changes nothing when an earlier try got that far.
     */
    async ensure(spec, ref, signal) {
      const there = { ...ref, location: ref.location ?? spec.location };
      const present = ref.nativeId || ref.attempted ? await servers.find(there, signal) : null;
      const server = present ?? (await createServer(context, addresses, spec, ref, signal));
      if (stateRow(server).status !== 'stopped') return toInstance(server);
      if (spec.userData !== null) {
        const path = instancePath(context, server.zone, `/servers/${server.id}/user_data/cloud-init`);
        const call = { method: 'PATCH', path, text: spec.userData, answer: Nothing } as const;
        await unlessUnseen([server.id], context.client.call(call, signal));
      }
      await unlessUnseen([server.id], servers.act(server, 'poweron', signal));
      return { ...toInstance(server), status: 'starting' };
    },
    async destroy(ref, signal) {
      const target = ref.nativeId ? { id: ref.nativeId, zone: ref.location } : await servers.find(ref, signal);
      if (target) await destroyServer(context, servers, target, signal);
    },
    async *list(owner, signal) {
      for (const zone of context.config.zones) {
        for await (const server of servers.list(zone, owner, signal)) yield toInstance(server);
      }
    },
  };
}
