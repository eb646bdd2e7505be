import { randomBytes } from 'node:crypto';
import type { DeployContext, DeployResult } from '../core/bootstrap.ts';
import type { ScriptStep } from '../core/deploy.ts';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import type { Clock } from '../lib/clock.ts';
import { formatDuration } from '../lib/duration.ts';
import {
  beginScript,
  killScript,
  type Place,
  POLL,
  pollScript,
  resultScript,
  type Standing,
  surveyScript,
} from './detached-scripts.ts';
import { address } from './errors.ts';
import { patiently } from './patiently.ts';
import type { Pool } from './pool.ts';
import { hasNul } from './quote.ts';
import { runScript } from './script.ts';
import { wholeCharacters } from './utf8.ts';

const CHUNK = 4 << 20;
const FIRST_POLL_MS = 50;
const LOOKS_FOR_START = 6;
const LAST_POLL_MS = 1_000;
const CALL_MS = 60_000;
/** How often a script is begun in one call: a script that reboots its machine each time shall not go on for ever. */
const BEGIN_TRIES = 4;

interface Answer {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

interface Following {
  readonly place: Place;
  /** By this controller's clock, ms. */
  readonly began: number;
  readonly offsets: { stdout: number; stderr: number };
}

/**
 * Runs a script on the machine apart from the connection, once for a key: after a cut or a crash of ours, the same call
 * takes up where it stands. Output is given from where the last call with this key had taken it. A failure that was told
 * is not told again: the next call with the key is a retry. When aborted, the script runs on and can be taken up.
 *
 * Errors: `invalid` for another exit code than 0, `timeout` (the script is ended then), `conflict` when a crash or reboot
 * of the machine leaves open how it ended.
 */
export async function runDetached(
  deps: { readonly pool: Pool; readonly clock: Clock },
  target: SshTarget,
  step: ScriptStep,
  context: DeployContext,
): Promise<DeployResult> {
  checkScript(step);
  const { clock } = deps;
  const call = (script: string, stdin?: string) =>
    patiently(clock, context.signal, () => ask(deps.pool, target, { script, stdin, sudo: step.sudo }, context.signal));
  const begin = async (generation: number): Promise<Following> => {
    const place = { folder: folderOf(context.key), generation };
    const began = clock.now();
    const beginning = { step, token: randomBytes(6).toString('hex'), now: began };
    const answer = await call(beginScript(place, beginning), step.content);
    if (answer.code !== 0) throw notBegun(step, target, answer);
    return { place, began, offsets: { stdout: 0, stderr: 0 } };
  };
  const left = await survey(call, context.key);
  let following = left && !left.reported ? left : await begin((left?.place.generation ?? 0) + 1);
  for (let begun = 1; ; begun += 1) {
    const standing = await follow(clock, call, step, following, context);
    const { generation } = following.place;
    if (begun < BEGIN_TRIES && standing === 'not started') following = await begin(generation);
    else if (begun < BEGIN_TRIES && standing === 'interrupted' && step.onInterrupted === 'again') {
      following = await begin(generation + 1);
    } else return conclude(clock, call, step, target, following);
  }
}

type Call = (script: string, stdin?: string) => Promise<Answer>;

async function ask(
  pool: Pool,
  target: SshTarget,
  { script, stdin, sudo }: { script: string; stdin?: string; sudo?: boolean },
  signal: AbortSignal,
): Promise<Answer> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const onData = (stream: 'stdout' | 'stderr', data: Buffer) => parts[stream].push(data);
  const { code } = await pool.use(target, signal, (connection) =>
    runScript(connection, { script, stdin, sudo, timeoutMs: CALL_MS, onData }, signal),
  );
  return { code, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

/** What an earlier call with this key left on the machine; null when nothing. */
async function survey(call: Call, key: string): Promise<(Following & { reported: boolean }) | null> {
  const folder = folderOf(key);
  const words = (await call(surveyScript(folder))).stdout.toString().split(/\s+/);
  const [generation = 0, stdout = 0, stderr = 0, began = 0] = [words[0], words[2], words[3], words[4]].map(Number);
  if (!(generation > 0)) return null;
  return { place: { folder, generation }, reported: words[1] === 'yes', began, offsets: { stdout, stderr } };
}

/** Passes the output on until the script has ended, or is known not to. */
async function follow(
  clock: Clock,
  call: Call,
  step: ScriptStep,
  { place, began, offsets }: Following,
  { signal, onOutput }: DeployContext,
): Promise<Standing> {
  let looks = 0;
  for (let pause = FIRST_POLL_MS; ; looks += 1) {
    const answer = await call(pollScript(place, offsets, CHUNK));
    const standing = standingOf(answer.code);
    let full = false;
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = answer[stream];
      const whole = wholeCharacters(bytes);
      // At the end a torn character stays torn: it is given as it is.
      const taken = standing !== 'running' && whole === 0 ? bytes.length : whole;
      if (taken > 0) onOutput(stream, bytes.toString('utf8', 0, taken));
      offsets[stream] += taken;
      full ||= bytes.length >= CHUNK || (standing !== 'running' && taken < bytes.length);
    }
    if (full) continue;
    // The runner was only just sent off.
    const mayStart = standing === 'not started' && looks < LOOKS_FOR_START;
    if (standing !== 'running' && !mayStart) return standing;
    if (step.timeoutMs !== undefined && clock.now() - began >= step.timeoutMs) await call(killScript(place));
    else await clock.sleep(pause, signal);
    pause = Math.min(pause * 1.5, LAST_POLL_MS);
  }
}

function standingOf(code: number | null): Standing {
  for (const [standing, value] of Object.entries(POLL)) if (value === code) return standing as Standing;
  throw new SalternError('unavailable', `the machine could not tell how the script stands (exit code ${code})`);
}

/** The end of the story, told once: exit code 0 or the error that fits. */
async function conclude(
  clock: Clock,
  call: Call,
  step: ScriptStep,
  target: SshTarget,
  { place, began }: Following,
): Promise<DeployResult> {
  const answer = await call(resultScript(place));
  const [folder = '', rc = '', ...rest] = answer.stdout.toString().split('\n');
  const durationMs = began > 0 ? Math.max(0, clock.now() - began) : 0;
  if (rc === '0') return { code: 0, durationMs };
  const where = `script ${step.name} on ${address(target)}`;
  const log = `Its output is in ${folder} on the machine.`;
  if (rc === 'not started') {
    throw new SalternError('unavailable', `${where} does not start`, {
      hint: `See ${folder} on the machine and its system log.`,
    });
  }
  if (rc === 'timeout') {
    // Not tried again unasked: a script need not be repeatable.
    const message = `${where} did not end within ${formatDuration(step.timeoutMs ?? durationMs)} and was ended`;
    throw new SalternError('timeout', message, { retry: false, hint: `${log} Retry with a longer timeout.` });
  }
  if (!/^\d+$/.test(rc)) {
    throw new SalternError('conflict', `${where} was interrupted: whether it finished its work cannot be told`, {
      hint: `${log} A retry runs it again; \`on_interrupted: again\` does so by itself.`,
    });
  }
  const last = rest
    .findLast((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 300);
  throw new SalternError('invalid', `${where} ended with exit code ${rc}`, {
    hint: `${last ? `It said: ${last}. ` : ''}${log} A retry runs it again.`,
  });
}

/** Mistakes that would show on the machine only as a riddle. */
function checkScript(step: ScriptStep): void {
  const names = Object.keys(step.env ?? {});
  const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined) {
    throw new SalternError(
      'invalid',
      `script ${step.name}: ${JSON.stringify(wrong)} cannot be the name of a variable`,
      {
        field: 'env',
        hint: 'Use letters, digits and underscores, not a digit first.',
      },
    );
  }
  if ([...(step.args ?? []), ...Object.values(step.env ?? {})].some(hasNul)) {
    throw new SalternError('invalid', `script ${step.name}: an argument or variable holds a NUL character`);
  }
  if (/^#![^\n]*\r/.test(step.content)) {
    throw new SalternError('invalid', `script ${step.name} has Windows line endings`, {
      hint: 'Save it with LF line endings.',
    });
  }
}

function notBegun(step: ScriptStep, target: SshTarget, answer: Answer): SalternError {
  const said = answer.stderr.toString().trim();
  return new SalternError('unavailable', `script ${step.name} could not be begun on ${address(target)}: ${said}`, {
    hint: 'See that the disk of the machine is not full and that the user has a home directory.',
  });
}

/** A key as the name of a folder. */
function folderOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}
