import { homedir } from 'node:os';
import type { Client } from '../client/client.ts';
import { ApiError } from '../client/error.ts';
import { DRIVERS } from '../client/generated.ts';
import type { Bundle } from '../config/bundle.ts';
import { CliError } from './base/errors.ts';
import type { Call, Flag } from './base/verb.ts';

export const configFlags: readonly Flag[] = [
  { flags: '-f, --file <path>', description: 'a file or directory with providers and profiles', repeat: true },
  { flags: '-c, --config-dir <dir>', description: "Salt Cloud's configuration directory (as /etc/salt)" },
];

/** For commands that work on a map. */
export const mapFlags: readonly Flag[] = [
  ...configFlags,
  {
    flags: '-m, --map <path>',
    description: "a Salt Cloud map, in Jinja and YAML (an own file's `machines` comes by -f)",
  },
];

/** The maps among what `-f`, `-m` and `-c` name, with all that they refer to. `not_found` when there is none. */
export async function readMaps(call: Call): Promise<Bundle> {
  const used = ({ maps }: Bundle) => maps.flatMap(({ machines }) => machines.map(({ profile }) => profile));
  const bundle = await readBundle(call, used);
  if (bundle.maps.length > 0) return bundle;
  throw new CliError('not_found', 'there is no map in what was read', {
    hint: `Name a Salt map with -m, or write \`machines:\` in a file of yours. Read: ${bundle.files.join(', ')}`,
  });
}

/**
 * Reads what `-f` and `-c` name, or what is found where people keep it. Prints every problem, or of warnings those about the
 * profiles `used`; errors end the command.
 */
export async function readBundle(
  call: Call,
  used: (bundle: Bundle) => readonly string[] | null = () => null,
): Promise<Bundle> {
  const { loadConfig } = await import('../config/load.ts');
  const { tellProblems } = await import('./problems.ts');
  const [saltDir, map] = [call.options.text('configDir'), call.options.text('map')];
  const bundle = await loadConfig({
    files: [...call.options.list('file')],
    ...(saltDir !== undefined && { saltDir }),
    ...(map !== undefined && { map }),
    drivers: DRIVERS,
    cwd: call.cwd,
    env: call.env,
    home: homedir(),
  });
  await tellProblems(call, bundle, used(bundle));
  const errors = bundle.problems.filter((problem) => problem.level === 'error').length;
  if (errors > 0) {
    const what = `${errors} ${errors === 1 ? 'error' : 'errors'} in the configuration`;
    throw new CliError('invalid', `${what}; nothing was changed`);
  }
  if (bundle.files.length === 0) {
    throw new CliError('not_found', 'there is no configuration', {
      hint: `Write one (see examples/saltern.yaml) or name it with -f. Looked at: ${bundle.looked.join(', ')}`,
    });
  }
  return bundle;
}

/** Saves a bundle in the controller; its complaint about a setting becomes `file:line:column`. */
export async function saveBundle(client: Client, bundle: Bundle) {
  const { profiles } = bundle;
  const providers = bundle.providers.map(({ from, ...provider }) => provider);
  return atTheirPlaces(
    bundle,
    'the configuration was refused; nothing was changed',
    async () => (await client.request('POST', '/v1/config', { body: { providers, profiles } as never })).saved,
  );
}

/** Asks; what the controller says is wrong is told where it was written, and `refused` is the error then. */
export async function atTheirPlaces<T>(bundle: Bundle, refused: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError) || error.field === null) throw error;
    const { message, field, hint } = error;
    const faults = error.faults.length > 0 ? error.faults : [{ message, field, ...(hint !== null && { hint }) }];
    const places = faults.map((fault) => bundle.locate(fault.field));
    if (places.includes(null)) throw error;
    const { formatProblem } = await import('../config/problem.ts');
    faults.forEach(({ message, hint }, i) => {
      const at = places[i];
      const problem = { level: 'error', message: message.replace(/^\S+:\d+: /, ''), ...(hint && { hint }) } as const;
      if (at) process.stderr.write(`${formatProblem({ ...problem, ...at })}\n`);
    });
    throw new CliError(error.code, refused);
  }
}

/** When files are named with a command, they are loaded first, so that it works on what they say. */
export async function loadNamedFiles(call: Call, client: Client): Promise<void> {
  const named = call.options.list('file').length > 0 || call.options.text('configDir') !== undefined;
  if (!named) return;
  const bundle = await readBundle(call, () => [call.options.text('profile') ?? '']);
  assertHere(call, bundle);
  await saveBundle(client, bundle);
}

/** What the command line asks for by name must not be among what was left out. */
function assertHere({ options }: Call, { absent }: Bundle): void {
  const profile = options.text('profile') ?? '';
  const provider = [options.text('provider') ?? '', ...options.list('provider')].find((it) => absent.providers.has(it));
  const driver = absent.profiles.get(profile) ?? absent.providers.get(provider ?? '');
  if (driver === undefined) return;
  const what = absent.profiles.has(profile) ? `profile "${profile}"` : `provider "${provider}"`;
  throw new CliError('unsupported', `the ${what} is of the driver "${driver}", which is not here`, {
    hint: `Here are the drivers ${Object.keys(DRIVERS).join(', ')}.`,
  });
}
