import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Written } from '../../config/write-ours.ts';
import { CliError } from '../base/errors.ts';
import type { Verb } from '../base/verb.ts';
import { mapFlags, readBundle } from '../bundle.ts';

export const verb: Verb = {
  summary:
    "Write Salt Cloud's files in our own format. Secrets become references to the environment: their values are not written.",
  options: [
    ...mapFlags,
    { flags: '--out <path>', description: 'the file to write', default: 'saltern.yaml' },
    { flags: '--force', description: 'take the place of a file that is there' },
  ],
  examples: ['config import -c /etc/salt', 'config import -c . -m fleet.map --out fleet.yaml'],
  async run(call) {
    const out = resolve(call.cwd, call.options.text('out') ?? 'saltern.yaml');
    const force = call.options.flag('force');
    if (existsSync(out) && !force) {
      throw new CliError('conflict', `${out} is there already`, {
        hint: 'Name another file with --out, or use --force.',
      });
    }
    const bundle = await readBundle(call);
    const { writeOurs } = await import('../../config/write-ours.ts');
    const display = (path: string) => beside(dirname(out), path);
    const written = writeOurs(bundle, { display, secrets: `${out.replace(/\.ya?ml$/, '')}.files` });
    for (const { path, content } of written.files) writePrivate(path, content);
    writeFileSync(out, written.text, { flag: force ? 'w' : 'wx' });
    const { providers, profiles, maps } = bundle;
    const machines = maps.reduce((sum, map) => sum + map.machines.length, 0);
    call.stdout.write(
      `${out}: ${counted(providers.length, 'provider')}, ${counted(profiles.length, 'profile')}, ${counted(machines, 'machine')}\n${advice(written)}`,
    );
    return 0;
  },
};

function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** Relative where it lies in the same directory: the two can then be moved together. */
function beside(directory: string, path: string): string {
  const short = relative(directory, path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : `./${short}`;
}

function advice({ variables, files }: Written): string {
  const width = Math.max(0, ...variables.map(({ name }) => name.length));
  const set = variables.map(({ name, means }) => `  ${name.padEnd(width)}  ${means}\n`);
  const kept = files.map(({ path }) => `  ${path}\n`);
  return [
    set.length > 0 ? `\nSet in the environment before it is loaded:\n${set.join('')}` : '',
    kept.length > 0 ? `\nTexts that seem to hold secrets, in files for you alone:\n${kept.join('')}` : '',
  ].join('');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
