import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../src/client/generated.ts';
import { DIRECTORIES, LINES, type Line } from './command-lines.ts';
import { PYTHON, saltMissing } from './salt.ts';

/*
 * The same command lines on the same directories, given to real Salt's `salt-cloud` and to ours. Ours gets --legacy-exit-codes
 * too: with it the exit codes are Salt's; what they are without it is told by HONEST.
 */
const missing = saltMissing();
const ROOT = join(import.meta.dirname, '..', '..', '..');
const OURS = [process.execPath, join(ROOT, 'bin', 'salt-cloud')];

interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What ends with which code when nobody asks for Salt's. */
const HONEST: readonly (readonly [line: string, code: number])[] = [
  ['-p nix web-1', EXIT_CODES.not_found],
  ['-a start web-1 -y', EXIT_CODES.not_found],
  ['-d web-1 -y', EXIT_CODES.not_found],
  ['-f nope metal', EXIT_CODES.unsupported],
  ['-m unknown.map -y', EXIT_CODES.invalid],
  ['-m fleet.map -H -y', EXIT_CODES.forbidden],
  ['-d -m fleet.map web-1', EXIT_CODES.invalid],
  ['-d', 64],
  ['-Q', 0],
];

let home = '';
let salt: readonly Told[] = [];
let ours: readonly Told[] = [];

beforeAll(async () => {
  if (missing !== null) return;
  home = mkdtempSync(join(tmpdir(), 'saltern-lines-'));
  for (const [name, files] of Object.entries(DIRECTORIES)) write(name, files);
  const mine = LINES.map((each) => ({ ...each, line: `--legacy-exit-codes ${each.line}` }));
  [salt, ours] = await Promise.all([ask(null, LINES), ask(OURS, [...mine, ...HONEST.map(([line]) => ({ line }))])]);
}, 180_000);

afterAll(async () => {
  if (missing !== null) return;
  await started([process.execPath, join(ROOT, 'bin', 'saltern'), 'stop'], '');
  rmSync(home, { recursive: true, force: true });
});

test.skipIf(missing !== null).each(LINES.map((each, i) => [nameOf(each), each, i] as const))('%s', (_, line, i) => {
  const differs = line.differs ?? {};
  for (const part of ['code', 'stdout', 'stderr'] as const) {
    const [theirs, mine] = [salt[i]?.[part], ours[i]?.[part]];
    if (differs[part] === undefined) expect(mine, part).toBe(theirs);
    else expect(mine, `${part} is the same as Salt's now, though: ${differs[part]}`).not.toBe(theirs);
  }
});

test.skipIf(missing !== null)('without --legacy-exit-codes what failed is told by the exit code', () => {
  const codes = ours.slice(LINES.length).map(({ code }) => code);
  expect(HONEST.map(([line], i) => [line, codes[i]])).toEqual(HONEST);
});

function nameOf({ line, at, typed, terminal }: Line): string {
  const answer = typed === undefined ? '' : `, answered ${JSON.stringify(typed)}`;
  return `salt-cloud ${line}${at ? ` (${at})` : ''}${answer}${terminal ? ', on a terminal' : ''}`;
}

function write(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(home, name));
  const main = `root_dir: ${home}\nlog_file: ${home}/salt.log\n${files['cloud'] ?? ''}`;
  for (const [file, text] of Object.entries({ ...files, cloud: main })) writeFileSync(join(home, name, file), text);
}

async function ask(program: readonly string[] | null, lines: readonly Line[]): Promise<readonly Told[]> {
  const env = { PATH: process.env['PATH'], HOME: home, SALTERN_HOME: join(home, 'ours'), LANG: 'C.UTF-8' };
  const cases = lines.map(({ line, at = 'metal', typed = '', terminal = false }) => ({
    words: ['-c', join(home, at), ...line.split(' ').filter((word) => word !== '')],
    typed,
    terminal,
    cwd: join(home, at in DIRECTORIES ? at : 'metal'),
  }));
  const question = JSON.stringify({ program, env, cases });
  const answer: Told[] = JSON.parse(await started([PYTHON, join(import.meta.dirname, 'commands.py')], question));
  return answer.map(({ code, stdout, stderr }) => ({
    code,
    stdout: withoutMaster(stdout),
    stderr: withoutMaster(stderr),
  }));
}

/** Salt's saltify asks the master for its minions, and there is none here. */
function withoutMaster(text: string): string {
  return text.replaceAll(/^(# )?\[ERROR {3}\] Unable to connect to the salt master publisher at .*\n/gm, '');
}

function started([file = '', ...args]: readonly string[], input: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home, SALTERN_HOME: join(home, 'ours') };
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', () => resolve(text)));
}
