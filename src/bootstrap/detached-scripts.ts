import type { ScriptStep } from '../core/deploy.ts';
import { quote } from './quote.ts';

/**
 * The machine's side of the detached protocol, in plain POSIX sh. One folder (0700) per step and generation, below
 * /var/lib/saltern/steps for root or ~/.saltern/steps for others:
 *
 *   script, run, env   what is run, what runs it, its environment (0600, removed as soon as it is read)
 *   claim              pid, boot id and start time of the runner; linked into place, so that there is never a second one
 *   stdout, stderr     as they grow
 *   seen               the bytes of each that a controller has taken
 *   rc                 the exit code, or `timeout`, written once
 *   reported           the failure was told: the next call is a retry and begins a new generation
 */
export interface Place {
  /** The step's key as a folder name. */
  readonly folder: string;
  /** Counts the runs that a person or the profile asked for, from 1. */
  readonly generation: number;
}

/** Exit codes of a poll. Apart from those that sh itself ends with. */
export const POLL = { running: 10, ended: 11, interrupted: 12, 'not started': 13 } as const;
export type Standing = keyof typeof POLL;

const BASE = `base=\${HOME-}/.saltern/steps; if [ "$(id -u)" = 0 ]; then base=/var/lib/saltern/steps; fi`;
const BOOT_ID = `$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)`;
/** A process's start time since boot: tells a process from a later one with the same number (proc(5), field 22). */
const START = (pid: string) => `$(cut -d' ' -f22 /proc/${pid}/stat 2>/dev/null || echo unknown)`;
/** A zombie, left where nobody reaps, is not alive. */
const ALIVE = `alive() {
    { read -r pid; read -r boot; read -r start; } < claim
    [ "$boot" = "${BOOT_ID}" ] && kill -0 "$pid" 2>/dev/null && [ "$start" = "${START('$pid')}" ] &&
      [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]
  }`;

function enter(place: Place, otherwise: string): string {
  return `${BASE}; cd "$base/${place.folder}/${place.generation}" 2>/dev/null || ${otherwise}`;
}

/** Prints the highest generation, whether its failure was reported, the bytes taken, and when it began (ms, or 0). */
export function surveyScript(folder: string): string {
  return `${BASE}; cd "$base/${folder}" 2>/dev/null || { echo 0; exit 0; }
    n=0; while [ -d "$((n + 1))" ]; do n=$((n + 1)); done
    echo "$n"
    if [ -e "$n/reported" ]; then echo yes; else echo no; fi
    cat "$n/seen" 2>/dev/null || echo 0 0
    cat "$n/began" 2>/dev/null || echo 0`;
}

export interface Beginning {
  readonly step: ScriptStep;
  /** Distinguishes this call's files from those of another that begins the same step. Not a secret. */
  readonly token: string;
  readonly now: number;
}

/** Lays the files down and starts the runner. The script's bytes are its standard input. May be repeated at any time. */
export function beginScript(place: Place, { step, token, now }: Beginning): string {
  const env = Object.entries(step.env ?? {}).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const lay = (name: string, text: string) =>
    `printf %s ${quote(text)} > ${name}.${token}; mv -f ${name}.${token} ${name}`;
  return `set -eu; umask 077
    ${BASE}; mkdir -p "$base/${place.folder}/${place.generation}"; cd "$base/${place.folder}/${place.generation}"
    cat > script.${token}
    [ $(wc -c < script.${token}) -eq ${Buffer.byteLength(step.content)} ] || { echo "the script came incomplete" >&2; exit 1; }
    if [ -e claim ]; then rm -f script.${token}; exit 0; fi
    mv -f script.${token} script
    ${lay('env', env.join(''))}
    ${lay('run', runner(step))}
    [ -e began ] || { ${lay('began', String(now))}; }
    : >> stdout; : >> stderr
    setsid sh run ${token} >/dev/null 2>&1 </dev/null &`;
}

/** The interpreter is called by name, as the kernel would: the file system may be mounted noexec. */
function runner(step: ScriptStep): string {
  const [, interpreter = 'sh', argument] = /^#![ \t]*(\S+)(?:[ \t]+(.*\S))?/.exec(step.content) ?? [];
  const words = [interpreter, ...(argument === undefined ? [] : [argument])].map(quote).join(' ');
  const args = (step.args ?? []).map((arg) => ` ${quote(arg)}`).join('');
  return `# Runs a deploy step. Whoever links the claim first runs it, and nobody after.
umask 077
folder=$(pwd)
printf '%s\\n' "$$" "${BOOT_ID}" "${START('$$')}" > "claim.$1"
ln "claim.$1" claim 2>/dev/null || { rm -f "claim.$1"; exit 0; }
rm -f "claim.$1"
(
  umask 022
  set -- "$folder/script"${args}
  . ./env; rm -f env
  cd "\${HOME:-/}" || cd /
  exec ${words} "$@"
) > "$folder/stdout" 2> "$folder/stderr" < /dev/null
echo "$?" > rc.new
ln rc.new rc; rm -f rc.new env
`;
}

/** Writes what is new of both streams to both streams, at most `limit` bytes each; where it stands is the exit code. */
export function pollScript(place: Place, offsets: { stdout: number; stderr: number }, limit: number): string {
  return `${enter(place, `exit ${POLL['not started']}`)}
    ${ALIVE}
    if [ -s rc ]; then standing=${POLL.ended}
    elif [ ! -e claim ]; then exit ${POLL['not started']}
    elif alive; then standing=${POLL.running}
    elif [ -s rc ]; then standing=${POLL.ended}
    else standing=${POLL.interrupted}; fi
    echo ${offsets.stdout} ${offsets.stderr} > seen
    news() {
      size=$(wc -c < "$1"); end=$(($2 + ${limit})); [ "$end" -le "$size" ] || end=$size
      [ "$end" -le "$2" ] || head -c "$end" "$1" | tail -c "$((end - $2))"
    }
    news stdout ${offsets.stdout}
    news stderr ${offsets.stderr} >&2
    exit "$standing"`;
}

/** Prints the folder, the exit code and the end of stderr; notes a failure as told. */
export function resultScript(place: Place): string {
  return `${enter(place, 'exit 1')}
    pwd; if [ -s rc ]; then cat rc; elif [ -e claim ]; then echo interrupted; else echo 'not started'; exit 0; fi
    [ "$(cat rc 2>/dev/null)" = 0 ] || : > reported
    tail -c 2000 stderr`;
}

/** Ends the script with all it started, politely first. What ended by itself meanwhile keeps its exit code. */
export function killScript(place: Place): string {
  return `${enter(place, 'exit 0')}
    ${ALIVE}
    if [ ! -s rc ] && alive; then
      kill -s TERM -- "-$pid" 2>/dev/null
      n=0; while [ "$n" -lt 20 ] && kill -s 0 -- "-$pid" 2>/dev/null; do n=$((n + 1)); sleep 0.1; done
      kill -s KILL -- "-$pid" 2>/dev/null
    fi
    echo timeout > rc.late; ln rc.late rc 2>/dev/null; rm -f rc.late`;
}
