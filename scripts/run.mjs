// What `npm start`, `npm test` and the others run. Written for any Node from 18 on: it brings what is missing, then goes on
// with Node 24. `node scripts/run.mjs TASK [arguments]`
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const [task = '', ...rest] = process.argv.slice(2);

function run(command, args, more = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...env, ...more } });
  if (error) throw error;
  return status ?? (signal === 'SIGINT' ? 130 : 1);
}

/** Installs when something is missing or the lock file has changed since. */
function install() {
  const stamp = join(root, 'node_modules', '.saltern-installed');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing what is needed into node_modules (about a minute) …\n');
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['install', '--no-save', '--loglevel=error', '--engine-strict=false'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}npm install failed: is the registry reachable?\n`);
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

const node = join(root, 'node_modules', 'node', 'bin', 'node');
const saltern = (args) => run(node, [join(root, 'bin', 'saltern'), ...args], { SALTERN_HOME: home });
const home = process.env.SALTERN_HOME || join(root, '.saltern');
/** One after the other; the first that fails ends it. */
const all = (...steps) => steps.reduce((code, step) => code || step(), 0);

const tasks = {
  start: () => saltern(['demo']),
  stop: () => saltern(['stop']) || saltern(['emulator', 'stop']),
  test: () => run('vitest', ['run', ...rest]),
  generate: () => run(node, ['scripts/generate.ts', ...rest]),
  bench: () => run(node, ['bench/run.ts', ...rest]),
  check: () =>
    all(
      () => run('tsc', []),
      () => run('biome', ['check', '--error-on-warnings', '.']),
      () => run(node, ['scripts/generate.ts', '--check']),
      () => run('vitest', ['run']),
    ),
};

if (!tasks[task]) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(tasks).join('|')}\n`);
  process.exit(2);
}
install();
process.exit(tasks[task]());
