import { readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Bundle, MapMachine, Problem, ProviderInput } from './bundle.ts';

export type Group = 'error' | 'warning' | 'deprecated' | 'difference';

/** One thing that is wrong, or will be otherwise than in Salt Cloud, with all places where it is so. */
export interface Finding {
  readonly group: Group;
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly places: readonly Spot[];
}

/** Line 0 means the file as a whole. */
export type Spot = Pick<Problem, 'file' | 'line' | 'column'>;

/** One way in which things go otherwise than a Salt Cloud user would think. */
interface Rule {
  readonly group?: Group;
  readonly message: string;
  readonly hint: string;
  /** Where it matters; null when it does not. */
  where(bundle: Bundle): readonly Spot[] | null;
}

const anywhere: readonly Spot[] = [];

/** Source of what Salt does: its documentation, and salt/cloud/__init__.py and salt/utils/cloud.py (3006). */
const RULES: readonly Rule[] = [
  {
    message: 'the SSH host keys of machines are verified; Salt Cloud takes any key of any host',
    hint: 'Nothing to do: keys are known before the first boot, or pinned at first contact, which is said.',
    where: ({ profiles }) => (profiles.length > 0 ? anywhere : null),
  },
  {
    message: 'a profile without a provider that exists is an error; Salt Cloud drops it without a word',
    hint: 'Mend the reference, or take the profile out.',
    where: ({ problems }) => spots(problems.filter(({ message }) => message.startsWith('there is no provider'))),
  },
  {
    message:
      'machines under a profile that does not exist are an error; Salt Cloud skips them, and destroys them with --hard',
    hint: 'Mend the name of the profile.',
    where: ({ problems }) => spots(problems.filter(({ message }) => message.startsWith('there is no profile'))),
  },
  {
    message:
      'an instance that has the name of a machine but is not ours stops the plan there; Salt Cloud takes it for done',
    hint: 'Run `saltern import` with the map to take over the fleet that runs.',
    where: ({ maps }) => mapFiles(maps),
  },
  {
    message:
      'machines are made at once, within the limits of each provider; Salt Cloud makes one after the other without -P',
    hint: 'Name what must be ready before under `requires`.',
    where: ({ maps }) => mapFiles(maps.filter(({ machines }) => machines.filter(withoutNeeds).length > 1)),
  },
  {
    message: 'another size, image or tag in a profile shows as a change in the plan; Salt Cloud never compares',
    hint: 'Look at `saltern plan` before the first `saltern apply`.',
    where: ({ maps }) => mapFiles(maps),
  },
  {
    message: 'what is no longer in a map goes on; there is no --hard',
    hint: 'Use `saltern apply --prune`: it shows what would be destroyed, and asks.',
    where: ({ maps }) => mapFiles(maps),
  },
  {
    message: 'a map with `include` has its own machines too; Salt Cloud (3006) forgets them',
    hint: 'Look at `saltern plan`: machines may come up that Salt never made.',
    where: ({ maps }) => mapFiles(maps.filter(({ name }) => /^include\s*:/m.test(textOf(name)))),
  },
  {
    message: 'a command that fails ends with an exit code above 0; Salt Cloud often ends with 0',
    hint: 'Scripts that rely on that: `saltern salt-cloud --legacy-exit-codes`.',
    where: () => anywhere,
  },
  {
    group: 'warning',
    message: 'a machine of that name is in several maps: it has one life, and each map changes it',
    hint: 'Leave it in one map.',
    where: ({ maps }) => sameNames(maps.flatMap(({ machines }) => machines)),
  },
  {
    group: 'warning',
    message: 'providers with one and the same account see the same instances twice',
    hint: 'Leave one of them, and let the profiles name that one.',
    where: ({ providers }) => sameAccounts(providers),
  },
  {
    group: 'warning',
    message: 'everybody on this computer can read the secrets in this file',
    hint: 'chmod 600',
    where: ({ providers }) => readable(providers),
  },
];

/** What will be otherwise than in Salt Cloud for these files; and what only a look at all of them together shows. */
export function differences(bundle: Bundle, isSalt: boolean): Finding[] {
  return RULES.flatMap(({ group = 'difference', message, hint, where }) => {
    const places = group === 'difference' && !isSalt ? null : where(bundle);
    return places === null ? [] : { group, message, hint, places };
  });
}

function spots(places: readonly Spot[]): Spot[] | null {
  return places.length > 0 ? places.map(({ file, line, column }) => ({ file, line, column })) : null;
}

function mapFiles(maps: Bundle['maps']): Spot[] | null {
  return spots(maps.map(({ name }) => ({ file: name, line: 0, column: 0 })));
}

function withoutNeeds({ requires }: MapMachine): boolean {
  return requires === undefined;
}

function originSpot(origin: string): Spot {
  const at = origin.lastIndexOf(':');
  return { file: origin.slice(0, at), line: Number(origin.slice(at + 1)), column: 1 };
}

function sameNames(machines: readonly MapMachine[]): Spot[] | null {
  const alike = [...Map.groupBy(machines, ({ name }) => name).values()].filter(({ length }) => length > 1);
  return spots(alike.flat().map(({ origin }) => originSpot(origin)));
}

function sameAccounts(providers: readonly ProviderInput[]): Spot[] | null {
  const twins = providers.filter((one) => {
    const isTwin = (other: ProviderInput) => {
      return other !== one && other.driver === one.driver && isDeepStrictEqual(other.settings, one.settings);
    };
    return Object.keys(one.settings).length > 0 && providers.some(isTwin);
  });
  return spots(twins.map(({ origin }) => originSpot(origin)));
}

const SECRET = /token|secret|password|passwd|apikey|private/i;

/** Files with a secret written out in them, not named by a reference. */
function readable(providers: readonly ProviderInput[]): Spot[] | null {
  const files = providers.flatMap(({ settings, origin }) => {
    const { file } = originSpot(origin);
    const text = textOf(file);
    const secrets = Object.entries(settings).filter(([key, value]) => SECRET.test(key) && typeof value === 'string');
    return secrets.some(([, value]) => value !== '' && text.includes(String(value))) ? [file] : [];
  });
  return spots([...new Set(files)].filter(isOpen).map((file) => ({ file, line: 0, column: 0 })));
}

function isOpen(path: string): boolean {
  try {
    return (statSync(path).mode & 0o004) !== 0;
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
