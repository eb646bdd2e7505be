import type { Client } from '../../client/client.ts';
import type { MapPlan } from '../../client/generated.ts';
import type { Bundle, FleetMap } from '../../config/bundle.ts';
import { CliError } from '../base/errors.ts';
import type { Call, Flag } from '../base/verb.ts';
import { atTheirPlaces, mapFlags, readMaps, saveBundle } from '../bundle.ts';
import { assertSameEndpoint } from '../endpoint.ts';

const ALLOWANCES = {
  prune: 'end what this map wanted before and does not want any more',
  replace: 'destroy and make anew what cannot be changed in place',
  redeploy: 'run deploy steps that changed',
  imported: 'all this to machines that others made, too',
} as const;
type Allowance = keyof typeof ALLOWANCES;
const allowances = Object.keys(ALLOWANCES) as readonly Allowance[];

/** What `plan` and `apply` have in common. */
export const planFlags: readonly Flag[] = [
  ...mapFlags,
  ...allowances.map((name) => ({ flags: `--${name}`, description: ALLOWANCES[name] })),
];

/** One map as the controller takes it. */
export interface MapBody {
  readonly map: FleetMap;
  readonly only?: readonly string[];
  readonly allow: readonly Allowance[];
}

export interface Planned {
  readonly body: MapBody;
  readonly plan: MapPlan;
}

/** Reads and saves what the maps refer to, and asks for a plan of each. A fault is told at its place in the file. */
export async function planMaps(call: Call, api: Client): Promise<Planned[]> {
  const bundle = await readMaps(call);
  await saveBundle(api, bundle);
  const planned: Planned[] = [];
  for (const body of bodiesOf(call, bundle)) {
    const plan = await atTheirPlaces(bundle, 'the map was refused; nothing was begun', () =>
      api.request('POST', '/v1/maps/plan', { body: body as never }),
    );
    await assertEndpoints(call, api, plan);
    planned.push({ body, plan });
  }
  return planned;
}

/** Of several maps, those that have the machines named. */
function bodiesOf({ args, options }: Call, { maps }: Bundle): MapBody[] {
  const allow = allowances.filter((name) => options.flag(name));
  if (args.length === 0) return maps.map((map) => ({ map, allow }));
  const names = ({ machines }: FleetMap) => machines.map(({ name }) => name);
  const strange = args.filter((name) => !maps.some((map) => names(map).includes(name)));
  if (strange.length > 0) throw new CliError('not_found', `the map has no machine ${strange.join(', ')}`);
  return maps.flatMap((map) => {
    const only = args.filter((name) => names(map).includes(name));
    return only.length > 0 ? [{ map, only, allow }] : [];
  });
}

async function assertEndpoints(call: Call, api: Client, { providers }: MapPlan): Promise<void> {
  for (const { name: provider } of providers) {
    assertSameEndpoint(call, await api.request('GET', '/v1/providers/{provider}', { params: { provider } }));
  }
}
