import type { MachinePlan, PlannedMachine } from './inputs.ts';
import { namesTaken } from './name-taken.ts';
import { observe } from './observe.ts';
import { assertName, type CreateRequest, profileOf, type World } from './requests.ts';

/** What creating would do, where, and what it costs. Asks the backend; changes nothing. */
export async function planMachines({ ports }: World, request: CreateRequest): Promise<MachinePlan> {
  const profile = await profileOf(ports.store, request.profile);
  const open = await ports.provider(profile.provider);
  const { provider, driver, module } = open;
  const seen = await observe(ports, open);
  if (seen.status === 'unknown') throw seen.error;
  const { scope, instances } = seen;
  const size = request.size ?? profile.size;
  const location = request.location ?? profile.location;
  const wanted = {
    image: request.image ?? profile.image ?? '',
    ...(size !== null && { size }),
    ...(location !== null && { location }),
  };
  const resolved = await driver.resolve(wanted, module.Options.parse(profile.options));
  const machines: PlannedMachine[] = [];
  for (const name of new Set(request.names)) {
    assertName(name);
    const present = await ports.store.machines.find(name);
    const [taken] = await namesTaken(ports.store, open, instances, [{ name, resource: null }]);
    if (present && present.status !== 'destroyed') {
      machines.push({ name, action: 'exists', reason: `is ${present.status}` });
    } else if (taken) machines.push({ name, action: 'conflict', reason: `${taken.message}. ${taken.hint}` });
    else machines.push({ name, action: 'create', reason: null });
  }
  return {
    profile: profile.name,
    provider: { name: provider.name, endpoint: scope.endpoint, account: scope.account, project: scope.project },
    image: { id: resolved.image.id, name: resolved.image.name },
    size: resolved.size.id,
    location: resolved.location,
    price: resolved.size.price,
    notes: resolved.notes,
    machines,
  };
}
