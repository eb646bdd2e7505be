import * as z from 'zod';
import { ERROR_CODES } from '../core/error.ts';
import type { Step } from '../core/operation.ts';
import type { Ports } from '../core/ports.ts';

const Asked = z.object({
  image: z.string().nullable(),
  size: z.string().nullable(),
  tags: z.array(z.string()),
  deploy: z.string().nullable(),
});

const Price = z.object({ currency: z.string(), hourly: z.number(), monthly: z.number(), asOf: z.string() });

/** One action of a plan as it is to be done. No secret is in it. */
export const ApplyInput = z.object({
  machine: z.string(),
  action: z.enum(['create', 'enrol', 'change', 'replace', 'destroy']),
  /** What drifted and is to be put right. */
  changes: z.array(z.enum(['status', 'image', 'size', 'tags', 'power', 'deploy', 'protection'])),
  /** Machines that must be ready before this one is begun. */
  requires: z.array(z.string()),
  /** Of the instance as it was shown; null when there was none. */
  fingerprint: z.string().nullable(),
  /** The ledger row it had then: another one means that it was made anew. */
  resource: z.string(),
  /** What `create-machine` or `enrol-machine` is given. Null where nothing is made. */
  make: z.object({ how: z.enum(['create', 'enrol']), input: z.record(z.string(), z.unknown()) }).nullable(),
  /** The map whose it is to be ended for: another that wants it by then keeps it. Null for all else. */
  prunes: z.string().nullable(),
  tags: z.array(z.string()),
  /** Resolved; null where it stays. */
  size: z.object({ id: z.string(), price: Price.nullable() }).nullable(),
  /** What it is asked for with once all is done; null for one that is ended. */
  become: z
    .object({ profile: z.string(), sshPort: z.number().optional(), protected: z.boolean().optional(), asked: Asked })
    .nullable(),
  /** Why nothing may be begun: the check before all went wrong for it. */
  trouble: z.object({ code: z.enum(ERROR_CODES), message: z.string(), hint: z.string().optional() }).nullable(),
});
export type ApplyInput = z.infer<typeof ApplyInput>;

/** What one action is done with. */
export interface Doing {
  readonly step: Step;
  readonly ports: Ports;
  readonly input: ApplyInput;
}
