import { spawnSync } from 'node:child_process';
import { type Figure, median } from './figure.ts';
import { seedInventory } from './inventory.ts';
import { newHome, openScene, type Scene } from './scene.ts';

const MACHINES = 50;
const WARM_UP = 3;
const PAIRS = 31;

/** What the command line costs beside a bare start of the same Node, which nobody can go below. */
export async function measureCli(): Promise<Figure[]> {
  const home = newHome();
  await seedInventory(home, MACHINES);
  const scene = await openScene(home);
  const figures = [
    compare(scene, '`saltern version`', 1.5, 1, 'version'),
    compare(scene, `\`saltern machine list\`, ${MACHINES} machines`, 3, MACHINES + 1, 'machine', 'list'),
  ];
  await scene.close();
  return figures;
}

/** Both in turns, so that what disturbs the computer disturbs both. */
function compare(scene: Scene, what: string, limit: number, lines: number, ...words: readonly string[]): Figure {
  const { args, env } = scene.command(...words);
  const runs: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
  for (let i = -WARM_UP; i < PAIRS; i += 1) {
    const bare = time(['-e', '0'], env, 0);
    const ours = time(args, env, lines);
    if (i < 0) continue;
    runs.bare.push(bare);
    runs.ours.push(ours);
  }
  const [bare, ours] = [median(runs.bare), median(runs.ours)];
  const note = `${ours.toFixed(0)} ms, bare Node ${bare.toFixed(0)} ms, medians of ${PAIRS} in turns`;
  return { what, value: ours / bare, unit: '× bare', limit, note };
}

/** Milliseconds from start to end of one process, which must print that many lines. */
function time(args: readonly string[], env: NodeJS.ProcessEnv, lines: number): number {
  const began = performance.now();
  const { status, stdout } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const took = performance.now() - began;
  const printed = stdout.toString().split('\n').length - 1;
  if (status !== 0 || printed !== lines) throw new Error(`${args.join(' ')}: exit code ${status}, ${printed} lines`);
  return took;
}
