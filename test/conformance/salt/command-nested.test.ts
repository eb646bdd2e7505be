import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Data, DataMap } from '../../../src/cli/compat/salt-cloud/output/data.ts';
import { ALIAS, openSaltScene, type SaltScene } from '../../e2e/salt-scene.ts';
import { askSalt, saltMissing } from './salt.ts';

/*
 * Seed 000's files and commands against the emulator: what a command prints by itself is, to the byte, what real Salt's `nested`
 * outputter makes of the same command's JSON. What changes machines is done to two of a kind: one tells its JSON, one its text.
 */
const missing = saltMissing();
let salt: SaltScene;

beforeAll(async () => {
  if (missing === null) salt = await openSaltScene();
});
afterAll(() => salt?.scene.close());

/** What was printed, and of what: Salt is asked once a test. */
let printed: { readonly what: string; readonly text: string; readonly value: Data }[] = [];
beforeEach(() => {
  printed = [];
});

afterEach(() => {
  if (missing !== null) return;
  const answers = askSalt(
    'output',
    printed.map(({ value }) => ({ output: 'nested', value, opts: { color: false } })),
  );
  expect(printed.length).toBeGreaterThan(0);
  const wanted = printed.map(({ what }, i) => ({ what, text: answers[i] === '' ? '' : `${answers[i]}\n` }));
  expect(printed.map(({ what, text }) => ({ what, text }))).toEqual(wanted);
});

function compare(what: string, text: string, value: Data): void {
  printed.push({ what, text, value });
}

test.skipIf(missing !== null)(
  '-p: deployed, not deployed, and of a name that is taken',
  { timeout: 60_000 },
  async () => {
    for (const more of ['', ' --no-deploy', ' --script-args=x --show-deploy-args']) {
      const [told, text] = await twice((name) => `-p debian ${name}-1${more}`);
      const full = await fleet();
      compare(`-p${more}`, text, { 'text-1': likeTwin(told['json-1'], full, 'json-1', 'text-1') });
      if (more === '') await same('-p debian json-1');
      await salt.done('-d json-1 text-1 -y --out quiet');
    }
  },
);

test.skipIf(missing !== null)('-m, -a, -d', { timeout: 60_000 }, async () => {
  await salt.done('-p debian there-1 --out quiet');
  const map = (name: string) => `-m ${salt.mapFile(`debian: [${name}-1, ${name}-2, there-1]\n`)} -y`;
  const [told, text] = await twice(map);
  const full = await fleet();
  const twins = ['1', '2'].map((n) => [`text-${n}`, likeTwin(told[`json-${n}`], full, `json-${n}`, `text-${n}`)]);
  compare('-m', text, { ...Object.fromEntries(twins), 'there-1': told['there-1'] ?? null });
  await same(`-m ${salt.mapFile('debian: [json-1, text-1]\n')} -y`);

  for (const action of ['stop', 'start', 'reboot', 'show_instance', 'frobnicate']) {
    const [done, shown] = await twice((name) => `-a ${action} ${name}-1 nix -y`);
    if (action !== 'show_instance') compare(`-a ${action}`, shown, renamed(done));
  }
  await same('-a show_instance json-1 -y');
  await same('-a start json-1 -y');
  const [gone, last] = await twice((name) => `-d ${name}-1 ${name}-2 nix -y`);
  compare('-d', last, renamed(gone));
  await salt.done('-d there-1 -y --out quiet');
});

test.skipIf(missing !== null)('queries and listings', { timeout: 60_000 }, async () => {
  await salt.done('-p debian web-1 --out quiet');
  const map = salt.mapFile('debian: [web-1, web-2]\n');
  for (const line of [
    '-Q',
    '-F',
    '-S',
    `-Q -m ${map}`,
    `-F -m ${map}`,
    `--list-images ${ALIAS}`,
    `--list-sizes ${ALIAS}`,
    `--list-locations ${ALIAS}`,
    '--list-images all -L nl-ams-1',
    '--list-providers',
    '--list-profiles all',
    '--list-profiles scaleway',
    `-f list_nodes ${ALIAS}`,
    `-f list_nodes_min ${ALIAS}`,
    `-f show_instance ${ALIAS} name=web-1`,
    `-f avail_sizes ${ALIAS}`,
    '-p nix web-1',
    '-a start nix -y',
  ]) {
    await same(line);
  }
});

test.skipIf(missing !== null)('errors inside the answer', { timeout: 60_000 }, async () => {
  salt.scene.emulator.admin.addFaults([{ kind: 'error-before', match: { path: '/servers' } }]);
  await same('-Q');
  await same(`-Q -m ${salt.mapFile('debian: [web-1, web-2]\n')}`);
  await same(`-m ${salt.mapFile('debian: [web-1, web-2]\n')} -y`);
  salt.scene.emulator.admin.clearFaults();
});

/** A command that changes nothing: its JSON, by Salt, is its text. */
async function same(line: string): Promise<void> {
  const told = await salt.run(`${line} --out json`);
  const plain = await salt.run(line);
  compare(line, plain.stdout, JSON.parse(told.stdout));
  expect([plain.code, plain.stderr], line).toEqual([told.code, told.stderr]);
}

/** The same for `json` and for `text`: the one's JSON and the other's text. */
async function twice(line: (name: string) => string): Promise<[DataMap, string]> {
  const told = await salt.run(`${line('json')} --out json`);
  const { stdout } = await salt.run(line('text'));
  return [JSON.parse(told.stdout), stdout];
}

async function fleet(): Promise<DataMap> {
  return (await salt.json('-F'))[ALIAS].scaleway;
}

/** What one machine's creation told, with the twin's own values where the account tells them. */
function likeTwin(told: Data | undefined, full: DataMap, name: string, twin: string): Data {
  const [own, other] = [full[name] as DataMap, full[twin] as DataMap];
  const { deploy_kwargs: kwargs, ...fields } = told as DataMap;
  const shared = Object.keys(fields).filter((key) => key in own);
  expect(shared.length).toBeGreaterThan(8);
  const values = Object.fromEntries(shared.map((key) => [key, other[key] ?? null]));
  expect(fields).toMatchObject(Object.fromEntries(shared.map((key) => [key, own[key] ?? null])));
  if (kwargs === undefined) return { ...fields, ...values };
  const { host_keys: keys } = other['machine'] as DataMap;
  const host = (other['public_ips'] as readonly string[])[0] ?? null;
  return { ...fields, ...values, deploy_kwargs: { ...(kwargs as DataMap), host, host_keys: keys ?? null } };
}

function renamed(told: DataMap): Data {
  return JSON.parse(JSON.stringify(told).replaceAll('json-', 'text-'));
}
