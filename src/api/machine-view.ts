import { z } from 'zod';
import {
  elapsedMs,
  MACHINE_ORIGINS,
  MACHINE_STATUSES,
  MACHINE_VERBS,
  type Machine,
  type MachineStatus,
  type MachineVerb,
} from '../core/machine.ts';
import type { Store } from '../core/store.ts';
import { Address, Arch, ErrorRecord, list, Named, Price, Time } from './schemas.ts';

const verbs = Object.keys(MACHINE_VERBS) as readonly MachineVerb[];
const Can = Object.fromEntries(verbs.map((verb) => [verb, z.boolean()])) as Record<MachineVerb, z.ZodBoolean>;

/** A machine as everybody sees it. */
export const MachineView = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: Named,
    profile: Named.nullable(),
    status: z.enum(MACHINE_STATUSES),
    origin: z.enum(MACHINE_ORIGINS),
    protected: z.boolean().describe('Not destroyed or replaced until the protection is taken off.'),
    map: z.string().nullable().describe('The map that wanted it last.'),
    asked: z
      .object({
        image: z.string().nullable(),
        size: z.string().nullable(),
        tags: list(z.string()),
        deploy: z.string().nullable().describe('Version of the deploy steps that ran last.'),
      })
      .describe('What it was asked for with: what drift is told from.'),
    agentKey: z
      .object({
        id: z.string(),
        fingerprint: z.string().nullable(),
        standing: z.enum(['accepted', 'different', 'absent']),
      })
      .nullable()
      .describe("Its minion's key, held against what a Salt master accepted."),
    grains: z.record(z.string(), z.unknown()).nullable(),
    resource: z.string().describe('Ledger row of its instance.'),
    nativeId: z.string().nullable(),
    location: z.string().nullable(),
    size: z.string().nullable(),
    image: z.string().nullable(),
    imageName: z.string().nullable(),
    arch: Arch.nullable(),
    price: Price.nullable(),
    address: z.string().nullable().describe('Its first public address, else its first.'),
    addresses: list(Address),
    sshUser: z.string().nullable(),
    sshPort: z.number().int(),
    hostKeys: list(z.string()),
    hostKeyOrigin: z.enum(['injected', 'first-contact', 'given']).nullable(),
    operation: z.string().nullable().describe('The operation at work on it, or the last one.'),
    error: ErrorRecord.nullable(),
    createdAt: Time,
    readyAt: Time.nullable(),
    destroyedAt: Time.nullable(),
    elapsedMs: z.number().int().nullable().describe('From the request to ready.'),
    can: z.object(Can).describe('What may be asked of it in its present status.'),
  })
  .meta({ id: 'Machine' });
export type MachineView = z.output<typeof MachineView>;

/** Turns machines into what people see. Reads the names of providers and profiles once. */
export async function machineViewer(store: Store): Promise<(machine: Machine) => MachineView> {
  const providers = namesById(await store.providers.list());
  const profiles = namesById(await store.profiles.list());
  return (machine) => ({
    ...machine,
    provider: named(machine.provider, providers),
    profile: machine.profile === null ? null : named(machine.profile, profiles),
    address: (machine.addresses.find((address) => address.reach === 'public') ?? machine.addresses[0])?.ip ?? null,
    elapsedMs: elapsedMs(machine),
    can: allowedIn(machine.status),
  });
}

export function namesById(rows: readonly { readonly id: string; readonly name: string }[]): Map<string, string> {
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** An id with its name; the id stands for the name of what has been removed. */
export function named(id: string, names: ReadonlyMap<string, string>): { id: string; name: string } {
  return { id, name: names.get(id) ?? id };
}

function allowedIn(status: MachineStatus): Record<MachineVerb, boolean> {
  const entries = verbs.map((verb) => [verb, (MACHINE_VERBS[verb] as readonly MachineStatus[]).includes(status)]);
  return Object.fromEntries(entries);
}
