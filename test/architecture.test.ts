import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/**
 * Who may import whom (ARCHITECTURE.md has the picture). A folder may always import itself. Drivers are folders of their
 * own: no driver imports another.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': ['src/lib'],
  'src/lib': [],
  'src/engine': ['src/core', 'src/lib'],
  'src/store': ['src/core', 'src/lib'],
  'src/bootstrap': ['src/core', 'src/lib'],
  'src/config': ['src/core', 'src/lib'],
  'src/drivers/*': ['src/core', 'src/lib'],
  'src/drivers': ['src/core', 'src/lib', 'src/drivers/*'],
  'src/operations': ['src/core', 'src/lib'],
  'src/api': ['src/core', 'src/lib', 'src/operations'],
  'src/client': [],
  'src/cli/base': ['src/client', 'src/lib'],
  'src/cli': ['src/client', 'src/cli/base', 'src/config', 'src/lib'],
  'src/controller.ts': [
    'src/core',
    'src/lib',
    'src/engine',
    'src/store',
    'src/bootstrap',
    'src/drivers',
    'src/operations',
    'src/api',
  ],
  emulator: [],
};

/** The only arrows outside the table, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/cli/serve.ts -> src/controller.ts': 'the one command that is the controller; loaded only when it runs',
};

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Erased before it runs: no cycle comes of it. */
  readonly typeOnly: boolean;
}

/** Whether a pattern's folder holds a file: `src/drivers/*` means one driver's folder. */
function folderOf(file: string): string {
  const driver = /^src\/drivers\/([^/]+)\//.exec(file);
  if (driver) return 'src/drivers/*';
  const known = Object.keys(MAY_IMPORT).filter((folder) => file === folder || file.startsWith(`${folder}/`));
  return known.sort((a, b) => b.length - a.length)[0] ?? 'unknown';
}

function forbidden({ from, to }: Arrow): boolean {
  if (`${from} -> ${to}` in EXCEPTIONS) return false;
  const [here, there] = [folderOf(from), folderOf(to)];
  if (here === 'src/drivers/*' && there === here) return driverOf(from) !== driverOf(to);
  return here !== there && !MAY_IMPORT[here]?.includes(there);
}

function driverOf(file: string): string | undefined {
  return file.split('/')[2];
}

const sources = ['src', 'emulator'].flatMap((folder) => filesUnder(join(ROOT, folder)));
const arrows = sources.filter((file) => !isTest(file)).flatMap(arrowsFrom);

test('every import follows the table', () => {
  expect(arrows.length).toBeGreaterThan(300);
  expect(arrows.filter(forbidden).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('the table is no decoration: a wrong arrow of each kind is found', () => {
  const wrong = (from: string, to: string) => forbidden({ from, to, typeOnly: true });
  expect(wrong('src/core/machine.ts', 'src/store/sqlite.ts')).toBe(true);
  expect(wrong('src/operations/create-machine.ts', 'src/drivers/scaleway/index.ts')).toBe(true);
  expect(wrong('src/drivers/scaleway/index.ts', 'src/drivers/cloudstack/client.ts')).toBe(true);
  expect(wrong('src/cli/machine/list.ts', 'src/core/machine.ts')).toBe(true);
  expect(wrong('src/cli/machine/list.ts', 'src/controller.ts')).toBe(true);
  expect(wrong('emulator/src/world/servers.ts', 'src/drivers/scaleway/schema.ts')).toBe(true);
});

test('no file is outside the table', () => {
  expect(sources.filter((file) => folderOf(file) === 'unknown')).toEqual([]);
});

test('there are no import cycles', () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly } of arrows) if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  expect(findCycle(edges)).toBeNull();
  expect(
    findCycle(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
      ]),
    ),
  ).toEqual(['a', 'b', 'c', 'a']);
});

test('files are small: none over 500 lines, 95 of 100 at most 300, half at most 90', () => {
  const counted = sources.filter((file) => !isTest(file) && !file.includes('generated'));
  const sizes = counted.map((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length).sort((a, b) => a - b);
  const at = (share: number) => sizes[Math.floor(sizes.length * share)] ?? 0;
  expect(sizes.at(-1)).toBeLessThanOrEqual(500);
  expect(at(0.95)).toBeLessThanOrEqual(300);
  expect(at(0.5)).toBeLessThanOrEqual(90);
});

function isTest(file: string): boolean {
  return /\.test\.ts$|\/testing\/|\/test-/.test(file);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function arrowsFrom(file: string): Arrow[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /^\s*(import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|^\s*import\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm,
  );
  return [...found].map(([, , typeOnly, from, bare, dynamic]) => ({
    from: file,
    to: normalize(join(dirname(file), from ?? bare ?? dynamic ?? '')),
    // A dynamic import is loaded later: it closes no cycle at load time.
    typeOnly: typeOnly !== undefined || dynamic !== undefined,
  }));
}

/** The first cycle found, as the way round, or null. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return null;
}
