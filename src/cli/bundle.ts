import { homedir } from 'node:os';
import type { Client } from '../client/client.ts';
import { ApiError } from '../client/error.ts';
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
  const bundle = await readBundle(call);
  if (bundle.maps.length > 0) return bundle;
  throw new CliError('not_found', 'there is no map in what was read', {
    hint: `Name a Salt map with -m, or write \`machines:\` in a file of yours. Read: ${bundle.files.join(', ')}`,
  });
}

/** Reads what `-f` and `-c` name, or what is found where people keep it. Prints every problem; errors end the command. */
export async function readBundle(call: Call): Promise<Bundle> {
  const { loadConfig } = await import('../config/load.ts');
  const { formatProblem } = await import('../config/problem.ts');
  const [saltDir, map] = [call.options.text('configDir'), call.options.text('map')];
  const bundle = await loadConfig({
    files: [...call.options.list('file')],
    ...(saltDir !== undefined && { saltDir }),
    ...(map !== undefined && { map }),
    cwd: call.cwd,
    env: call.env,
    home: homedir(),
  });
  for (const problem of bundle.problems) call.stderr.write(`${formatProblem(problem)}\n`);
  const errors = bundle.problems.filter((problem) => problem.level === 'error').length;
  if (bundle.files.length === 0) {
    throw new CliError('not_found', 'there is no configuration', {
      hint: `Write one (see examples/saltern.yaml) or name it with -f. Looked at: ${bundle.looked.join(', ')}`,
    });
  }
  if (errors > 0)
    throw new CliError(
      'invalid',
      `${errors} ${errors === 1 ? 'error' : 'errors'} in the configuration; nothing was changed`,
    );
  return bundle;
}

/** Saves a bundle in the controller; its complaint about a setting becomes `file:line:column`. */
export async function saveBundle(client: Client, bundle: Bundle) {
  const { profiles } = bundle;
  const providers = bundle.providers.map(({ from, ...provider }) => provider);
  try {
    return (await client.request('POST', '/v1/config', { body: { providers, profiles } as never })).saved;
  } catch (error) {
    if (!(error instanceof ApiError) || error.field === null) throw error;
    const at = bundle.locate(error.field);
    if (at === null) throw error;
    const { formatProblem } = await import('../config/problem.ts');
    const hint = error.hint ?? undefined;
    process.stderr.write(
      `${formatProblem({ level: 'error', message: error.message, ...(hint && { hint }), ...at })}\n`,
    );
    throw new CliError(error.code, 'the configuration was refused; nothing was changed');
  }
}

/** When files are named with a command, they are loaded first, so that it works on what they say. */
export async function loadNamedFiles(call: Call, client: Client): Promise<void> {
  const named = call.options.list('file').length > 0 || call.options.text('configDir') !== undefined;
  if (named) await saveBundle(client, await readBundle(call));
}
