import { isScalar, isSeq } from 'yaml';
import { nearest } from '../lib/nearest.ts';
import { mergeEntries } from './merge.ts';
import {
  childOf,
  entriesOf,
  isMapping,
  itemsOf,
  openReading,
  type Place,
  pathBeside,
  root,
  tell,
  valueRange,
} from './place.ts';
import { verbatim } from './scalar.ts';
import { displayPath, parseSource, readText } from './source.ts';

/** Kinds of Salt's simple databases that can be read without a service. */
const KINDS = { env: fromEnvironment, yaml: fromYaml } as const;
const SUPPORTED = 'driver: env (sdb://PROFILE/VARIABLE) or driver: yaml (sdb://PROFILE/key:key, with files: […])';

/**
 * What `sdb://PROFILE/KEY` stands for, the profile being a mapping with `driver` in Salt's main file. Undefined after telling
 * why it has no value. Source: salt/utils/sdb.py, salt/sdb/env.py, salt/sdb/yaml.py (3006).
 */
export function sdbValue(place: Place, uri: string): string | undefined {
  const at = valueRange(place);
  const [, name = '', key = ''] = /^sdb:\/\/([^/]*)\/?(.*)$/s.exec(uri) ?? [];
  if (key === '') return void tell(place, 'this sdb reference has no key', { expected: 'sdb://PROFILE/KEY', at });
  const profile = place.reading.sdb?.find(name);
  const driver = profile && childOf(profile, 'driver');
  if (!profile || !driver) {
    const expected = `sdb://PROFILE/KEY, and in the file "cloud" the profile: a mapping with ${SUPPORTED}`;
    return void tell(place, `there is no sdb profile "${name}"`, { expected, at });
  }
  const kind = verbatim(driver) ?? '';
  if (kind === 'env' || kind === 'yaml') return KINDS[kind](place, key, profile);
  const hint = 'Export the value as an environment variable, and let the profile have `driver: env`.';
  return void tell(place, `sdb values of the kind "${kind}" cannot be read here`, { expected: SUPPORTED, hint, at });
}

function fromEnvironment(place: Place, variable: string): string | undefined {
  const env = place.reading.sdb?.env ?? {};
  const value = env[variable];
  if (value !== undefined) return value;
  const advice = { expected: `${variable} in the environment`, nearest: nearest(variable, Object.keys(env)) };
  return void tell(place, `the environment variable ${variable} is not set`, { ...advice, at: valueRange(place) });
}

function fromYaml(place: Place, path: string, profile: Place): string | undefined {
  const gpg = childOf(profile, 'gpg');
  if (gpg) return void tell(gpg, 'values that GPG encrypted cannot be read here', { expected: SUPPORTED });
  const files = childOf(profile, 'files');
  const items = files ? itemsOf(files, 'a list of files') : null;
  if (items === null) return void (files ?? tell(profile, `the sdb profile "${profile.key}" names no files`));
  const all = items.map((item) => entriesOfFile(item));
  if (all.includes(null)) return undefined;
  let inside: readonly Place[] = all.reduce<Place[]>((below, above) => mergeEntries(below, above ?? []), []);
  let found: Place | undefined;
  for (const step of path.split(':')) {
    found = inside.find(({ key }) => key === step);
    inside = found ? within(found) : [];
  }
  if (found && isScalar(found.node) && found.node.value !== null) return verbatim(found);
  const message = `the files of the sdb profile "${profile.key}" have no text under "${path}"`;
  return void tell(place, message, { at: valueRange(place) });
}

function within(place: Place): Place[] {
  if (isSeq(place.node)) return itemsOf(place, 'a list') ?? [];
  return isMapping(place) ? (entriesOf(place) ?? []) : [];
}

/** Null after telling why the file cannot be read. */
function entriesOfFile(item: Place): Place[] | null {
  const { reading } = item;
  const path = pathBeside(item, verbatim(item) ?? '');
  const read = readText(path);
  if ('failure' in read) {
    const hint = `Looked for ${path}.`;
    tell(item, `a file with sdb values cannot be read: ${read.failure}`, { hint });
    return null;
  }
  const source = parseSource({ path, file: displayPath(path, reading.cwd), text: read.text }, '1.1', reading.problems);
  if (source === null) return null;
  return entriesOf(root(openReading({ ...reading, source, sdb: null, positions: new Map() }), ''));
}
