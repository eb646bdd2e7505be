import { posix } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { SalternError } from '../core/error.ts';
import type { Command, CommandResult, RemoteFile, Shell, SshTarget } from '../core/shell.ts';
import { beforeFunctions } from './before-scripts.ts';
import { address } from './errors.ts';
import type { Pool } from './pool.ts';
import { hasNul, quote } from './quote.ts';
import { runScript } from './script.ts';

const never = new AbortController().signal;

/**
 * The machine's shell. Between two commands the connection may be made anew, as the same user and only with the same host
 * key as the first time.
 */
export async function openShell(pool: Pool, target: SshTarget, signal: AbortSignal): Promise<Shell> {
  const { user, hostKey } = await pool.use(target, signal, async (connection) => connection);
  const pinned = { ...target, users: [user], hostKeys: [hostKey] };
  const run: Shell['run'] = (command, limit = never) =>
    pool.use(pinned, limit, async (connection) => {
      const output = collect(command.onOutput);
      const exit = await runScript(connection, { ...command, onData: output.take }, limit);
      return { ...exit, ...output.end() };
    });
  return { user, hostKey, run, put: (file, signal) => putRemotely(run, target, file, { signal }) };
}

/** Gathers both streams as text, with no character torn in two. */
function collect(onOutput: Command['onOutput']) {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const text = { stdout: '', stderr: '' };
  const add = (stream: 'stdout' | 'stderr', part: string) => {
    if (part === '') return;
    text[stream] += part;
    onOutput?.(stream, part);
  };
  return {
    take: (stream: 'stdout' | 'stderr', data: Buffer) => add(stream, decoders[stream].write(data)),
    end: (): Pick<CommandResult, 'stdout' | 'stderr'> => {
      add('stdout', decoders.stdout.end());
      add('stderr', decoders.stderr.end());
      return text;
    },
  };
}

/** With `remember`, what the file was is kept on the machine first. */
export async function putRemotely(
  run: Shell['run'],
  target: SshTarget,
  file: RemoteFile,
  { signal, remember = false }: { readonly signal?: AbortSignal | undefined; readonly remember?: boolean },
): Promise<void> {
  const { script, bytes } = putScript(file, remember ? target.machine : null);
  const result = await run({ script, stdin: bytes, sudo: file.sudo }, signal);
  if (result.code === 0) return;
  throw new SalternError('invalid', `cannot write ${file.path} on ${address(target)}: ${result.stderr.trim()}`, {
    hint: 'See that the folder may be written by that user (or use sudo), that the owner exists and the disk is not full.',
  });
}

/** Writes beside and renames. A connection cut in the middle leaves the file as it was: the bytes are counted. */
function putScript(file: RemoteFile, keep: string | null): { script: string; bytes: Buffer } {
  if (!/^[0-7]{3,4}$/.test(file.mode)) {
    throw new SalternError('invalid', `the mode of ${file.path} is not octal: ${file.mode}`, {
      hint: 'Write it as 0644.',
    });
  }
  if (file.path === '' || file.path.endsWith('/') || hasNul(file.path)) {
    throw new SalternError('invalid', `not the path of a file: ${JSON.stringify(file.path)}`);
  }
  const bytes = Buffer.from(file.content);
  const path = file.path.startsWith('/') ? file.path : `./${file.path.replace(/^~\//, '')}`;
  const script = `
    set -eu; umask 077
    path=${quote(path)}; dir=${quote(posix.dirname(path))}
    if [ -d "$path" ]; then echo "is a directory" >&2; exit 1; fi
    ${keep === null ? '(umask 022; mkdir -p "$dir")' : rememberFile(keep)}
    new=$(mktemp "$dir/.saltern.XXXXXX")
    trap 'rm -f "$new"' EXIT
    cat > "$new"
    [ $(wc -c < "$new") -eq ${bytes.length} ] || { echo "the content came incomplete" >&2; exit 1; }
    ${file.owner === undefined ? '' : `chown -- ${quote(file.owner)} "$new"`}
    chmod ${file.mode} "$new"
    ${keep === null ? '' : 'wrote "$new"'}
    mv -f "$new" "$path"`;
  return { script, bytes };
}

/** A path is remembered whole: it is put back from another folder. */
function rememberFile(machine: string): string {
  return `${beforeFunctions(machine)}
    case $path in /*) ;; *) path=$(pwd)/\${path#./}; dir=$(dirname "$path") ;; esac
    remember "$path"
    make_folder "$dir" 755`;
}
