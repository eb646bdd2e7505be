import { parseArgs } from 'node:util';
import { measureCli } from './cli.ts';
import { measureDeploy } from './deploy.ts';
import { type Figure, isOk, machineLine, table } from './figure.ts';
import { measureList } from './list.ts';
import { measureMakespan, measureMap } from './makespan.ts';
import { measureMemory } from './memory.ts';

const MEASUREMENTS = {
  makespan: measureMakespan,
  memory: measureMemory,
  map: measureMap,
  deploy: measureDeploy,
  cli: measureCli,
  list: measureList,
} as const satisfies Record<string, () => Promise<Figure[]>>;

const USAGE = `usage: npm run bench -- [--json] [${Object.keys(MEASUREMENTS).join('|')} …]\n`;

/** Runs all measurements, or those named, one after the other. 1 when any figure is above its limit. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } });
  const unknown = positionals.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no measurement "${unknown}"\n${USAGE}`);
    return 2;
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    process.stderr.write(`measuring ${name} …\n`);
    figures.push(...(await measure()));
  }
  const machine = machineLine();
  const told = figures.map((figure) => ({ ...figure, ok: isOk(figure) }));
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine, figures: told }, null, 2)}\n` : `${machine}\n\n${table(figures)}`,
  );
  return figures.every(isOk) ? 0 : 1;
}

process.exit(await main());
