import type { CustomCommand } from 'just-bash';
import type { Machine } from '../machine.ts';
import type { Process } from '../processes.ts';
import type { ShellState } from '../shell-state.ts';
import { accounts } from './accounts.ts';
import type { Commands } from './command.ts';
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

const COMMANDS: Commands = {
  ...accounts,
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
};

/** Programs that the interpreter itself brings along. */
const BUNDLED =
  '[ alias awk base64 basename cat chmod clear column comm cp cut date diff dirname du echo env expand expr false file find fold grep egrep fgrep gunzip gzip head history hostname join jq ln ls md5sum mkdir mv nl od paste printenv printf pwd readlink realpath rev rg rm rmdir sed seq sha1sum sha256sum sleep sort split stat strings tac tail tar tee test time touch tr tree true unexpand uniq wc which whoami xargs zcat';

/** The names in /usr/bin of an image. What is not there is not found, although the interpreter knows it. */
export function programNames(image: string): string[] {
  const foreign = foreignTools(image);
  const names = new Set([...BUNDLED.split(' '), ...Object.keys(COMMANDS)]);
  return [...names].filter((name) => !foreign.includes(name));
}

/** The machine's own commands, bound to one shell process. */
export function commandsFor(machine: Machine, process: Process, state: ShellState): CustomCommand[] {
  return Object.entries(COMMANDS).map(([name, body]) => ({
    name,
    execute: async (args, context) => body(args, { machine, process, state, context }),
  }));
}
