import type { MachinePlan, PlannedMachine } from './inputs.ts';
import { assertName, type CreateRequest, profileOf, type World } from './requests.ts';

/** What creating would do, where, and what it costs. Asks the backend; changes nothing. */
export async function planMachines({ ports }: World, request: CreateRequest): Promise<MachinePlan> {
  const profile = await profileOf(ports.store, request.profile);
  const { provider, driver, module } = await ports.provider(profile.provider);
  const scope = await driver.check();
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
    const taken = present !== null && present.status !== 'destroyed';
    machines.push({ name, action: taken ? 'exists' : 'create', reason: taken ? `is ${present.status}` : null });
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
