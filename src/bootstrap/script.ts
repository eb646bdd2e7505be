import { SalternError } from '../core/error.ts';
import type { Connection } from './connection.ts';
import { type Exit, exec } from './exec.ts';
import { hasNul, oneLine } from './quote.ts';

/**
 * All that ever stands in an argument list. The script comes as the first line of standard input, escaped, so that a cut
 * connection cannot run half of it; what follows is the script's own standard input. `read` takes byte by byte, as POSIX
 * asks for pipes, and `printf` is built in, so that neither takes nor shows more.
 */
const RUN = `sh -c 'IFS= read -r s && eval "$(printf %b "$s")"'`;

export interface Script {
  readonly script: string;
  readonly stdin?: string | Uint8Array;
  readonly sudo?: boolean;
  readonly timeoutMs?: number;
  readonly onData: (stream: 'stdout' | 'stderr', data: Buffer) => void;
}

/** Runs a POSIX sh script on a connection. `forbidden` when sudo would need a password. */
export async function runScript(connection: Connection, script: Script, signal?: AbortSignal): Promise<Exit> {
  if (hasNul(script.script)) throw new SalternError('invalid', 'a script holds a NUL character, which sh cannot have');
  const sudo = script.sudo === true && connection.user !== 'root';
  let said = '';
  const exit = await exec(connection.client, {
    command: `${sudo ? 'sudo -n ' : ''}${limited(RUN, script.timeoutMs)}`,
    stdin: Buffer.concat([Buffer.from(`${oneLine(script.script)}\n`), Buffer.from(script.stdin ?? '')]),
    where: connection.where,
    timeoutMs: script.timeoutMs,
    signal,
    onData: (stream, data) => {
      if (sudo && stream === 'stderr' && said.length < 200) said += data.toString();
      script.onData(stream, data);
    },
  });
  if (sudo && exit.code !== 0 && /^sudo: .*(password|terminal|sudoers)|sudo: (command )?not found/m.test(said)) {
    throw new SalternError('forbidden', `${connection.user} may not use sudo on ${connection.where}: ${said.trim()}`, {
      hint: `Allow it without a password (NOPASSWD in sudoers), or log in as root.`,
    });
  }
  return exit;
}

/** Closing a channel ends no process, so the machine ends it itself, a little after we stop waiting. */
function limited(command: string, timeoutMs: number | undefined): string {
  return timeoutMs === undefined ? command : `timeout -s KILL ${Math.ceil(timeoutMs / 1000) + 1} ${command}`;
}
