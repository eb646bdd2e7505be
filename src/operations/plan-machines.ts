import type { OpenProvider } from '../core/ports.ts';
import type { MachinePlan, PlannedMachine } from './inputs.ts';
import { namesTaken } from './name-taken.ts';
import { observe } from './observe.ts';
import { assertName, type CreateRequest, profileOf, type World } from './requests.ts';
import { type Wish, wishOfRequest } from './wish.ts';

/** What creating would do, where, and what it costs. Asks the backend; changes nothing. */
export async function planMachines({ ports }: World, request: CreateRequest): Promise<MachinePlan> {
  const { name: profile } = await profileOf(ports.store, request.profile);
  const { wish, open } = await wishOfRequest(ports, request);
  const { provider, module } = open;
  const seen = await observe(ports, open);
  if (seen.status === 'unknown') throw seen.error;
  const { scope, instances } = seen;
  const chosen = module.features.existing ? NOTHING : await choose(open, wish);
  const free = module.features.existing ? 'enrol' : 'create';
  const machines: PlannedMachine[] = [];
  for (const name of new Set(request.names)) {
    assertName(name);
    const present = await ports.store.machines.find(name);
    const [taken] = await namesTaken(ports.store, open, instances, [{ name, resource: null }]);
    if (present && present.status !== 'destroyed') {
      machines.push({ name, action: 'exists', reason: `is ${present.status}` });
    } else if (taken) machines.push({ name, action: 'conflict', reason: `${taken.message}. ${taken.hint}` });
    else machines.push({ name, action: free, reason: null });
  }
  return {
    profile,
    provider: { name: provider.name, endpoint: scope.endpoint, account: scope.account, project: scope.project },
    ...chosen,
    machines,
  };
}

type Chosen = Pick<MachinePlan, 'image' | 'size' | 'location' | 'price' | 'notes'>;

/** Of machines that exist before us. */
const NOTHING: Chosen = { image: null, size: null, location: null, price: null, notes: [] };

async function choose({ driver, module }: OpenProvider, { image, size, location, options }: Wish): Promise<Chosen> {
  const wanted = { image: image ?? '', ...(size !== null && { size }), ...(location !== null && { location }) };
  const resolved = await driver.resolve(wanted, module.Options.parse(options));
  return {
    image: { id: resolved.image.id, name: resolved.image.name },
    size: resolved.size.id,
    location: resolved.location,
    price: resolved.size.price,
    notes: resolved.notes,
  };
}
