import { type Figure, quantile } from './figure.ts';
import { PROFILES, seedInventory } from './inventory.ts';
import { newHome, openScene, type Scene } from './scene.ts';

const MACHINES = 10_000;
const WARM_UP = 20;
const REQUESTS = 200;
const PAGE = 100;

type Query = NonNullable<Parameters<typeof ask>[1]>;

/** What people and scripts narrow a list by; each page is full and lies in another part of the inventory. */
const FILTERS: readonly Query[] = [
  { status: ['failed'] },
  { name: 'web-*' },
  { profile: PROFILES[1], status: ['ready'] },
  { provider: 'paris', name: '*7?' },
];

/** Pages of a big inventory over the API, one request after the other, until the answer is parsed. */
export async function measureList(): Promise<Figure[]> {
  const home = newHome();
  await seedInventory(home, MACHINES);
  const scene = await openScene(home);
  const cursors = await someCursors(scene);
  const plain = (i: number): Query => ({ after: cursors[i % cursors.length] });
  const figures = [
    await measure(scene, 'a page', plain),
    await measure(scene, 'a filtered page', (i) => ({ ...FILTERS[i % FILTERS.length], ...plain(i) })),
  ];
  await scene.close();
  return figures;
}

async function measure(scene: Scene, what: string, query: (i: number) => Query): Promise<Figure> {
  const times: number[] = [];
  for (let i = -WARM_UP; i < REQUESTS; i += 1) {
    const began = performance.now();
    const { items } = await ask(scene, query(i + WARM_UP));
    const took = performance.now() - began;
    if (items.length !== PAGE) throw new Error(`${what}: ${items.length} machines on it`);
    if (i >= 0) times.push(took);
  }
  const note = `median ${quantile(times, 0.5).toFixed(1)} ms, ${REQUESTS} requests for ${PAGE} of ${MACHINES}`;
  return { what: `list machines: ${what}, p99`, value: quantile(times, 0.99), unit: 'ms', limit: 20, note };
}

/** Places to begin a page at, spread over the first half, so that even a filtered page after them is full. */
async function someCursors(scene: Scene): Promise<string[]> {
  const cursors: string[] = [];
  for (let after: string | undefined; cursors.length < MACHINES / PAGE / 2; ) {
    const { next } = await ask(scene, after === undefined ? {} : { after });
    if (next === undefined) break;
    cursors.push(next);
    after = next;
  }
  return cursors;
}

function ask(
  scene: Scene,
  query: { after?: string; name?: string; profile?: string; provider?: string; status?: string[] },
) {
  return scene.client.request('GET', '/v1/machines', { query: { limit: PAGE, ...query } as never });
}
