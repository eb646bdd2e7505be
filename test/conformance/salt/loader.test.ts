import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle, FleetMap, Problem } from '../../../src/config/bundle.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { MAIN_KEYS, SALT_KEYS } from '../../../src/config/salt-keys.ts';
import { type Case, readCases, writeFiles } from './cases.ts';
import { meaningOfOurs, meaningOfSalt } from './meaning.ts';
import { askSalt, type Effective, type SaltAnswer, saltMissing } from './salt.ts';

const cases = readCases();
const env = { SALTERN_CONFORMANCE_SECRET: 'from the environment' };
let root = '';
let answers: readonly SaltAnswer[] = [];
/** Of what is said plainly; of the files themselves where that is no different. */
let plain: readonly SaltAnswer[] = [];
let bundles: readonly PromiseSettledResult<Bundle>[] = [];

describe.skipIf(saltMissing() !== null)('the same files, read by real Salt and by us', () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'saltern-salt-'));
    const directories = cases.map((each, i) => writeFiles(each.files, join(root, String(i))));
    const plainly = cases.map((each, i) => writeFiles(each.plainly ?? each.files, join(root, `${i}-plainly`)));
    const both = askSalt('config', [...directories, ...plainly], env);
    [answers, plain] = [both.slice(0, cases.length), both.slice(cases.length)];
    bundles = await Promise.allSettled(
      directories.map((cwd, i) => {
        const map = cases[i]?.files.has('map.yml') ? { map: 'map.yml' } : {};
        return loadConfig({ saltDir: '.', ...map, cwd, env, home: join(cwd, 'home') });
      }),
    );
  });
  afterAll(() => root !== '' && rmSync(root, { recursive: true }));

  test.each(cases.map((each, i) => [each.name, each, i] as const))('%s', (_, each, i) => {
    const [answer, meant, loaded] = [answers[i], plain[i], bundles[i]];
    if (loaded?.status === 'rejected') throw loaded.reason;
    if (answer === undefined || meant === undefined || loaded === undefined) throw new Error('nobody was asked');
    const bundle = loaded.value;
    expect({ salt: verdictOfSalt(answer, each), ...verdictOfOurs(bundle, each) }).toEqual({
      salt: each.salt,
      ours: each.ours,
      untold: [],
    });
    if (each.ours === 'reads') expect(differences(each, meant, bundle)).toEqual([]);
  });

  test("every key that has a meaning in Salt's files is in a case", () => {
    const files = cases.flatMap((each) => [...each.files.values()]).join('\n');
    const written = new Set(files.match(/(?<=[\s{])[\w.]+(?=:)/g));
    expect([...Object.keys(SALT_KEYS), ...Object.keys(MAIN_KEYS)].filter((key) => !written.has(key))).toEqual([]);
  });

  test('every difference has its reason, and nothing else has one', () => {
    const wanting = cases.filter((each) => {
      const alike = each.salt === each.ours || (each.salt === 'fails' && each.ours === 'refuses');
      const same = alike && each.differs.length === 0 && each.plainly === null;
      const unproved = each.ours === 'reads' && each.salt !== 'reads' && each.plainly === null;
      return same === (each.why !== null) || unproved;
    });
    expect(wanting.map(({ name }) => name)).toEqual([]);
  });
});

function verdictOfSalt(answer: SaltAnswer, { lost }: Case): Case['salt'] {
  if (answer.error !== null || answer.map?.error) return 'fails';
  const found = { ...answer.providers, ...answer.profiles, ...answer.map?.machines };
  return lost !== null && !(lost in found) ? 'drops' : 'reads';
}

function verdictOfOurs({ problems }: Bundle, { told, ours }: Case) {
  const refused = problems.some(({ level }) => level === 'error');
  const said = problems.filter(({ level }) => ours === 'reads' || level === 'error').map(textOf);
  return {
    ours: refused ? 'refuses' : 'reads',
    untold: told.filter((word) => !said.some((text) => names(text, word))),
    ...(refused && ours === 'reads' && { said }),
  };
}

/** Each thing that is not the same on both sides, and neither told by us nor intended. */
function differences(each: Case, answer: SaltAnswer, bundle: Bundle): string[] {
  const map = bundle.maps[0] ?? { name: '', machines: [] };
  const providers = Object.entries(answer.providers).flatMap(([alias, drivers]) =>
    Object.keys(drivers).map((driver) => (Object.keys(drivers).length > 1 ? `${alias}:${driver}` : alias)),
  );
  const machines = answer.map?.machines ?? {};
  return [
    ...unlike('providers', new Set(providers), new Set(bundle.providers.map(({ name }) => name))),
    ...unlike('profiles', new Set(Object.keys(answer.profiles)), new Set(bundle.profiles.map(({ name }) => name))),
    ...unlike('machines', new Set(Object.keys(machines)), new Set(map.machines.map(({ name }) => name))),
    ...unlike('order', orderOfSalt(answer), orderOfOurs(map)),
    ...bundle.profiles.flatMap((profile) => compare(each, bundle, answer.profiles[profile.name], profile)),
    ...map.machines.flatMap((machine) => {
      const profile = bundle.profiles.find(({ name }) => name === machine.profile);
      return profile ? compare(each, bundle, machines[machine.name], { ...profile, ...machine.overrides }) : [];
    }),
  ];
}

function compare(
  { differs, files }: Case,
  bundle: Bundle,
  effective: Effective | undefined,
  profile: Bundle['profiles'][number],
): string[] {
  const provider = bundle.providers.find(({ name }) => name === profile.provider);
  if (provider === undefined || effective === undefined) return [];
  const salt = meaningOfSalt(effective, files);
  const ours = meaningOfOurs(provider, profile);
  return [...new Set([...salt.keys(), ...Object.keys(ours)])].flatMap((word) => {
    const { value, keys } = salt.get(word) ?? { value: undefined, keys: [] };
    // How steps are run says nothing where there are none.
    if (/^(sudo|time of a script)$/.test(word) && ours[word] === undefined && profile.deploy.length === 0) return [];
    const excused = [word, ...keys].some((key) => differs.includes(key) || isTold(bundle.problems, key));
    return excused ? [] : unlike(`${profile.name}: ${word}`, value, ours[word]);
  });
}

/** Whether a problem is about that very key: it stands there, or is quoted. */
function isTold(problems: readonly Problem[], key: string): boolean {
  return problems.some(({ message, excerpt, column }) => {
    const at = excerpt?.slice(column - 1).match(/^[\w.-]+/)?.[0];
    return at === key || new RegExp(`["'.]${key.replace(/\W/g, '.')}\\b`).test(message);
  });
}

function textOf({ level, file, message, expected, hint }: Problem): string {
  return [level, file, message, expected, hint].join(' ');
}

/** Whether a text has a word, by itself. */
function names(text: string, word: string): boolean {
  return text.split(/[^\w-]+/).includes(word) || (/\W/.test(word) && text.includes(word));
}

/** Salt makes masters before all others; with us these require them. */
function orderOfSalt({ map }: SaltAnswer): Record<string, number> {
  const isMaster = (name: string) => map?.machines[name]?.settings['make_master'] === true;
  const levels = Object.entries(map?.levels ?? {});
  const shift = levels.some(([name]) => isMaster(name)) ? 1 : 0;
  return Object.fromEntries(levels.map(([name, level]) => [name, isMaster(name) ? level : level + shift]));
}

function orderOfOurs({ machines }: FleetMap): Record<string, number> {
  const requires = new Map(machines.map((machine) => [machine.name, machine.requires ?? []]));
  const level = (name: string): number => Math.max(0, ...(requires.get(name) ?? []).map((it) => level(it) + 1));
  return Object.fromEntries(machines.map(({ name }) => [name, level(name)]));
}

function unlike(what: string, salt: unknown, ours: unknown): string[] {
  const show = (value: unknown) => (value instanceof Set ? [...value].join(', ') : JSON.stringify(value));
  return isDeepStrictEqual(salt, ours) ? [] : [`${what}: Salt ${show(salt)}, ours ${show(ours)}`];
}
