import type { CommandName, CustomCommand } from 'just-bash';
import type { Machine } from '../machine.ts';
import type { Process } from '../processes.ts';
import type { ShellState } from '../shell-state.ts';
import { accounts } from './accounts.ts';
import type { Commands } from './command.ts';
import { copying } from './copy.ts';
import { fileCommands } from './files.ts';
import { identity } from './identity.ts';
import { foreignTools, packages } from './packages.ts';
import { processCommands } from './processes.ts';
import { services } from './services.ts';
import { shellInternals } from './shell-internals.ts';
import { shells } from './shells.ts';
import { sshKeys } from './ssh-keys.ts';
import { statCommands } from './stat.ts';
import { system } from './system.ts';
import { textCommands } from './text.ts';

const COMMANDS: Commands = {
  ...accounts,
  ...copying,
  ...fileCommands,
  ...identity,
  ...packages,
  ...processCommands,
  ...services,
  ...shellInternals,
  ...shells,
  ...sshKeys,
  ...statCommands,
  ...system,
  ...textCommands,
};

const ENTRIES = Object.entries(COMMANDS);

/** What the interpreter brings along and a small server has. */
const BUNDLED = [
  ...['awk', 'base64', 'basename', 'cat', 'chmod', 'clear', 'column', 'comm', 'cp', 'cut', 'date', 'diff', 'dirname'],
  ...['du', 'echo', 'egrep', 'expand', 'expr', 'false', 'fgrep', 'file', 'find', 'fold', 'grep', 'gunzip', 'gzip'],
  ...['head', 'join', 'ln', 'ls', 'md5sum', 'mv', 'nl', 'od', 'paste', 'printenv', 'printf', 'pwd', 'readlink', 'rev'],
  ...['rm', 'rmdir', 'sed', 'seq', 'sha1sum', 'sha256sum', 'sleep', 'sort', 'split', 'strings', 'tac', 'tail', 'tar'],
  ...['tee', 'time', 'touch', 'tr', 'true', 'unexpand', 'uniq', 'wc', 'which', 'xargs', 'zcat'],
] as const satisfies CommandName[];

/** The bundled commands that a shell is given. */
export const bundled: CommandName[] = [...BUNDLED];

/** The names in /usr/bin of an image. */
export function programNames(image: string): string[] {
  const foreign = foreignTools(image);
  return [...new Set([...BUNDLED, '[', 'test', ...Object.keys(COMMANDS)])].filter((name) => !foreign.includes(name));
}

/** The machine's own commands, bound to one shell process: those whose file is still there. */
export function commandsFor(machine: Machine, process: Process, state: ShellState): CustomCommand[] {
  const programs = machine.files.find('/usr/bin');
  const present = ENTRIES.filter(([name]) => programs?.kind === 'directory' && programs.entries.has(name));
  return present.map(([name, body]) => ({
    name,
    execute: async (args, context) => body(args, { machine, process, state, context }),
  }));
}
