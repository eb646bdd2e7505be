import { CliError } from '../../base/errors.ts';
import { type Fleet, type FleetProvider, lookUp, openFleet } from './fleet.ts';
import { AVAILABLE } from './listings.ts';
import { keyed, lookAround } from './nodes.ts';
import type { Data } from './output/data.ts';
import { UsageError } from './parse.ts';
import { selected, type View } from './query.ts';
import type { Command, Session } from './session.ts';
import { Tree } from './tree.ts';

interface Request {
  readonly session: Session;
  readonly fleet: Fleet;
  readonly provider: FleetProvider;
  readonly values: Readonly<Record<string, string>>;
}

type Function = (request: Request) => Promise<Data>;

/** What `-f` can do: everything that looks. What changes machines has its own options (-p, -m, -d, -a). */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  list_nodes: nodes(
    () =>
      ({ brief }) =>
        brief,
  ),
  list_nodes_min: nodes(() => ({ nativeId, state }) => ({ id: nativeId, state })),
  list_nodes_full: nodes(
    () =>
      ({ full }) =>
        full,
  ),
  list_nodes_select: nodes(({ main }) => selected(main.selection)),
  avail_images: available('avail_images'),
  avail_sizes: available('avail_sizes'),
  avail_locations: available('avail_locations'),
  show_instance: async ({ fleet, provider, values }) => {
    const name = values['name'] ?? values['instance_id'] ?? values['id'];
    if (name === undefined) throw new CliError('invalid', 'show_instance needs a name: name=web-1');
    const seen = keyed((await lookAround(fleet.client, provider)).seen);
    const found = seen.get(name) ?? [...seen.values()].find(({ nativeId }) => nativeId === name);
    if (!found) throw new CliError('not_found', `${provider.alias} has no instance ${name}`);
    return found.full;
  },
};

/** `-f FUNCTION PROVIDER [key=value …]` */
export const runFunction: Command = async (session) => {
  const [name, word] = session.parsed.pair('function') ?? ['', ''];
  if (word.startsWith('-') || word.includes('=')) {
    throw new UsageError('--function expects two arguments: <function-name> <provider>');
  }
  const values = keyValues(session.parsed.words, '--function', 'image=ami-54cf5c3d');
  const what = 'There was an error running the function';
  const fleet = await openFleet(session);
  const matches = lookUp(fleet.providers, word, what, fleet.bundle.absent.providers);
  const [provider] = matches;
  if (!provider || matches.length > 1) {
    const each = matches.map(({ alias, driver }) => `${alias}:${driver}`).join(', ');
    throw new CliError('invalid', `${what}: More than one results matched '${word}'. Please specify one of: ${each}`);
  }
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!run) {
    const { alias, driver } = provider;
    const message = `${what}: The '${alias}' cloud provider alias, for the '${driver}' driver, does not define the function '${name}'`;
    throw new CliError('unsupported', message, { hint: `There are: ${Object.keys(FUNCTIONS).join(', ')}` });
  }
  const tree = new Tree();
  tree.put(provider, await run({ session, fleet, provider, values }));
  return { data: tree.data(), code: 0 };
};

/** `key=value` words; anything else is a mistake, told in Salt's words. */
export function keyValues(words: readonly string[], option: string, example: string): Record<string, string> {
  const left = words.filter((word) => !word.includes('='));
  if (left.length > 0) {
    const shown = left.map((word) => `'${word}'`).join(', ');
    throw new UsageError(
      `Any arguments passed to ${option} need to be passed as kwargs. Ex: ${example}. Remaining arguments: [${shown}]`,
    );
  }
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function nodes(viewFor: (session: Session) => View): Function {
  return async ({ session, fleet, provider }) => {
    const show = viewFor(session);
    const seen = keyed((await lookAround(fleet.client, provider)).seen);
    return Object.fromEntries([...seen].map(([key, each]) => [key, show(each)]));
  };
}

function available(name: keyof typeof AVAILABLE): Function {
  return ({ session, fleet, provider, values }) => {
    const location = values['location'] ?? session.parsed.text('location');
    return AVAILABLE[name]({ client: fleet.client, bundle: fleet.bundle, provider, location });
  };
}
