import type { Applied, MapPlan, OperationDetail } from '../../src/client/generated.ts';
import type { Scene } from './harness.ts';

interface Wanted {
  readonly name: string;
  readonly profile?: string;
  readonly overrides?: object;
  readonly requires?: readonly string[];
}

type Allow = 'prune' | 'replace' | 'redeploy' | 'imported';

/** A map as a file would give it: names, or more of what is wanted. */
export function mapOf(...machines: readonly (string | Wanted)[]) {
  return {
    name: '/srv/fleet.yaml',
    machines: machines.map((one, index) => ({
      profile: 'web',
      ...(typeof one === 'string' ? { name: one } : one),
      origin: `fleet.yaml:${index + 1}`,
    })),
  };
}

type FleetMap = ReturnType<typeof mapOf>;

export function plan(scene: Scene, map: FleetMap, allow: readonly Allow[] = []): Promise<MapPlan> {
  return scene.client.request('POST', '/v1/maps/plan', { body: { map, allow } as never });
}

/** `name: action`, with what it lacks. */
export function actionsOf({ actions }: MapPlan): string[] {
  return actions.map(({ name, action, needs }) => [`${name}: ${action}`, ...needs].join(' '));
}

/** Does what the plan shows at this moment. */
export async function apply(
  scene: Scene,
  map: FleetMap,
  allow: readonly Allow[] = [],
): Promise<{ applied: Applied; ended: OperationDetail }> {
  const applied = await begin(scene, map, allow);
  return { applied, ended: await scene.ended(applied.operation.id) };
}

export async function begin(scene: Scene, map: FleetMap, allow: readonly Allow[] = []): Promise<Applied> {
  const shown = await plan(scene, map, allow);
  const expect = shown.actions.map(({ name, action, nativeId, fingerprint }) => ({
    name,
    action,
    nativeId,
    fingerprint,
  }));
  return scene.client.request('POST', '/v1/maps/apply', { body: { map, allow, expect } as never });
}

/** Every apply so far: the one that is new is the one whose answer was lost. Across restarts of a fast clock ids tell no order. */
export async function appliesOf({ client }: Scene): Promise<string[]> {
  const { items } = await client.request('GET', '/v1/operations', { query: { limit: 1000 } });
  return items.filter(({ name }) => name === 'apply-map').map(({ id }) => id);
}

/** How each machine's part of an apply ended: `name: status`, with the error's code. */
export function endsOf({ children }: OperationDetail): Record<string, string> {
  return Object.fromEntries(
    children.map(({ entityName, status, error }) => [entityName, error ? `${status} ${error.code}` : status]),
  );
}

/** What a person does in the cloud's own console, past the controller. */
export function byHand(scene: Scene) {
  const { emulator } = scene;
  const call = async (method: string, path: string, body: object) => {
    const headers = { 'x-auth-token': emulator.env()['SCW_SECRET_KEY'] ?? '', 'content-type': 'application/json' };
    const answer = await fetch(`${emulator.url}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const server = (name: string) => {
    const found = emulator.admin.dump(false).servers.find((one) => one.name === name);
    if (!found) throw new Error(`no server ${name}`);
    return found;
  };
  const pathOf = (name: string) => `/instance/v1/zones/${server(name).zone}/servers/${server(name).id}`;
  return {
    server,
    tag: (name: string, change: (tags: readonly string[]) => readonly string[]) =>
      call('PATCH', pathOf(name), { tags: change(server(name).tags) }),
    async act(name: string, action: 'poweron' | 'poweroff' | 'terminate') {
      await call('POST', `${pathOf(name)}/action`, { action });
      const busy = () =>
        emulator.admin
          .dump(false)
          .servers.some((one) => one.name === name && /ing$/.test(one.state) && one.state !== 'running');
      while (busy()) await new Promise((resolve) => setTimeout(resolve, 10));
    },
  };
}
