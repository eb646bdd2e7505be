import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './base/errors.ts';
import { type Call, optionsOf, type Verb } from './base/verb.ts';
import { readBundle, saveBundle } from './bundle.ts';
import { lazyClient } from './connect.ts';
import { emulatorAt, startEmulator } from './emulator-process.ts';
import { verb as listImages } from './image/list.ts';
import { verb as createMachines } from './machine/create.ts';
import { verb as listMachines } from './machine/list.ts';
import { verb as stopController } from './stop.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'saltern.yaml');
const NAMES = ['web-1', 'web-2', 'web-3'];

export const verb: Verb = {
  summary:
    'See it work on this computer: an emulated cloud, three machines, a deploy script on each over verified SSH.',
  examples: ['demo'],
  async run(call) {
    await beginAfresh(call);
    const { stdout } = call;
    const say = (text: string) => void stdout.write(`\n${text}\n\n`);
    const emulator = await startEmulator({ ...call, options: optionsOf({ listen: '127.0.0.1:0' }) });
    const cloud = { ...emulator.env, SSH_PORT: String(emulator.sshPort) };
    const env = { ...call.env, ...cloud };
    const inside: Call = { ...call, env, client: lazyClient({ ...call, env }) };
    const api = await inside.client();
    await saveBundle(api, await readBundle({ ...inside, options: optionsOf({ file: [EXAMPLE] }) }));

    say('$ saltern image list paris debian');
    await listImages.run({ ...inside, args: ['paris', 'debian'], options: optionsOf({}) });
    const { items } = await api.request('GET', '/v1/machines');
    const missing = NAMES.filter((name) => !items.some((machine) => machine.name === name));
    if (missing.length > 0) {
      say(`$ saltern machine create ${missing.join(' ')} --profile web`);
      const options = optionsOf({ profile: 'web' });
      const code = await createMachines.run({ ...inside, args: missing, options });
      if (code !== 0) return code;
    } else {
      say('$ saltern machine list');
      await listMachines.run({ ...inside, args: [], options: optionsOf({}) });
    }
    say('Try next:');
    for (const line of [`. ${writeEnvironment(call, cloud)}`, ...next]) stdout.write(`  ${line}\n`);
    return 0;
  },
};

const next = [
  'bin/saltern machine ssh web-1 cat /srv/saltern/marker',
  'bin/saltern plan -f examples/fleet.yaml      # a map: what would be done, and what it would cost',
  'bin/saltern apply -f examples/fleet.yaml     # does that, after a question',
  "bin/saltern machine destroy 'web-*'",
  'bin/salt-cloud -c examples/salt -m examples/salt/web.map    # with the files and the words of Salt Cloud',
  'npm stop                                     # ends the controller and the emulator',
];

/** What a shell needs to speak of the demo's inventory and cloud, in a file for it to read. Answers with the file's path. */
function writeEnvironment({ env, paths }: Call, cloud: Readonly<Record<string, string>>): string {
  const file = join(paths.dataDir, 'demo.sh');
  const home = env['SALTERN_HOME'];
  const words = Object.entries({ ...(home && { SALTERN_HOME: home }), ...cloud });
  writeFileSync(file, words.map(([name, value]) => `export ${name}=${quoted(value)}\n`).join(''), { mode: 0o600 });
  return /^[\w/.-]+$/.test(file) ? file : quoted(file);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The emulated cloud lives only as long as its process: when it has ended, the inventory of its machines has no meaning any
 * more. Only an inventory that the demo itself began is ever thrown away.
 */
async function beginAfresh(call: Call): Promise<void> {
  const { dataDir } = call.paths;
  const mark = join(dataDir, 'demo');
  if (existsSync(join(dataDir, 'saltern.db'))) {
    if (emulatorAt(call.paths)) return;
    if (!existsSync(mark)) {
      throw new CliError('conflict', `there is an inventory in ${dataDir} already: the demo would mix with it`, {
        hint: 'Give the demo a place of its own: SALTERN_HOME=/tmp/saltern-demo saltern demo',
      });
    }
    await stopController.run(call);
    rmSync(dataDir, { recursive: true });
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(mark, '');
}
