import * as z from 'zod';
import type { AccountFacts } from '../core/driver.ts';
import type { Operation } from '../core/operation.ts';
import { lookAtFleet } from './fleet.ts';

const Input = z.object({ provider: z.string() });

/** Whether the credentials work, where they lead to, and whether the list of our instances can be believed. */
export const checkProvider: Operation<z.infer<typeof Input>, { scope: AccountFacts | null; instances: number }> = {
  name: 'check-provider',
  version: 1,
  Input,
  run: (step, ports, input) =>
    step.run('check credentials and list', async ({ signal }) => {
      const fleet = await lookAtFleet(ports, step.operation.actor, await ports.provider(input.provider), {}, signal);
      const provider = await ports.store.providers.get(input.provider);
      return { scope: provider?.scope ?? null, instances: fleet.known.length + fleet.strangers.length };
    }),
};
