import { SalternError } from '../core/error.ts';
import { type Machine, NOTHING_ASKED } from '../core/machine.ts';
import type { Ports } from '../core/ports.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import type { Resource } from '../core/resource.ts';
import type { Store } from '../core/store.ts';
import { createMachines, enrolMachines } from './batch.ts';
import { enrolInput } from './enrol-machine.ts';
import { assertName, type CreateRequest, type Started, type World } from './requests.ts';
import { createInput, reserveMachine, wishOfRequest } from './wish.ts';

/** Takes the names, writes the intent, and begins. A name in use is a `conflict` before anything is made. */
export async function requestCreate(world: World, request: CreateRequest): Promise<Started> {
  const { ports, engine } = world;
  const names = [...new Set(request.names)];
  for (const name of names) assertName(name);
  const { wish, open } = await wishOfRequest(ports, request);
  const { kind } = open.driver.instance;
  const { existing } = open.module.features;
  const reserved = await ports.store.transaction(async (store) => {
    const rows: Machine[] = [];
    for (const name of names) {
      await assertFree(store, name);
      const { machine, resource } = reservation(ports, wish.provider, name, kind);
      await store.resources.insert(resource);
      rows.push(await reserveMachine(store, existing ? { ...machine, origin: 'enrolled' } : machine, wish));
    }
    return rows;
  });
  const operation = await engine.start(existing ? enrolMachines : createMachines, {
    actor: request.actor,
    entity: null,
    queue: null,
    input: {
      providers: [wish.provider],
      children: reserved.map(({ id }) => ({
        machine: id,
        provider: wish.provider,
        input: existing ? enrolInput(id, wish) : createInput(id, wish),
      })),
    },
  });
  return { operation, machines: reserved };
}

async function assertFree(store: Store, name: string): Promise<void> {
  const present = await store.machines.find(name);
  if (!present || present.status === 'destroyed') return;
  throw new SalternError('conflict', `a machine named "${name}" is in the inventory already (${present.status})`, {
    field: 'names',
    hint: `See it with: saltern machine show ${name}`,
  });
}

/** A machine of which nothing is known yet but its name, and the ledger row of its instance to be. */
export function reservation(
  ports: Ports,
  provider: string,
  name: string,
  kind: string,
): { machine: Machine; resource: Resource } {
  const machine: Machine = {
    ...UNKNOWN,
    id: ports.newId(),
    name,
    provider,
    resource: ports.newId(),
    createdAt: ports.clock.now(),
  };
  const resource: Resource = {
    id: machine.resource,
    provider,
    machine: machine.id,
    parent: null,
    kind,
    name,
    location: null,
    status: 'wanted',
    nativeId: null,
    attemptedAt: null,
    existsAt: null,
    goneAt: null,
  };
  return { machine, resource };
}

const UNKNOWN = {
  profile: null,
  status: 'requested',
  origin: 'created',
  protected: false,
  map: null,
  asked: NOTHING_ASKED,
  agentKey: null,
  grains: null,
  nativeId: null,
  location: null,
  size: null,
  image: null,
  imageName: null,
  arch: null,
  price: null,
  addresses: [],
  sshUser: null,
  sshPort: DEFAULT_SSH.port,
  hostKeys: [],
  hostKeyOrigin: null,
  operation: null,
  error: null,
  readyAt: null,
  destroyedAt: null,
} as const satisfies Partial<Machine>;
