import { appendFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT_CODES } from '../../../client/generated.ts';
import { resolvePaths } from '../../../lib/paths.ts';
import { endOnBrokenPipe, terminal } from '../../base/context.ts';
import { type Call, optionsOf } from '../../base/verb.ts';
import { lazyClient } from '../../connect.ts';
import { isLevel, openLog, type SaltLog } from './log.ts';
import { type MainConfig, readMainConfig } from './main-config.ts';
import { rstrip } from './output/data.ts';
import { OUTPUTTERS } from './output/index.ts';
import { type Parsed, parse, UsageError } from './parse.ts';
import type { Answer, Command, Session } from './session.ts';

const USAGE_ERROR = 64;
/** What Salt ends with when a command could not run at all. */
const LEGACY_ERROR = 1;

/** What a command line means, in the order in which Salt Cloud looks at it: the first that fits is run, alone. */
const COMMANDS: readonly {
  readonly fits: (parsed: Parsed) => boolean;
  readonly load: () => Promise<Command>;
}[] = [
  { fits: (it) => it.flag('updateBootstrap'), load: async () => (await import('./bootstrap.ts')).updateBootstrap },
  { fits: (it) => it.flag('listProviders'), load: async () => (await import('./listings.ts')).listProviders },
  { fits: (it) => it.flag('listProfiles'), load: async () => (await import('./listings.ts')).listProfiles },
  {
    fits: (it) => it.flag('query') || it.flag('fullQuery') || it.flag('selectQuery'),
    load: async () => (await import('./query.ts')).runQuery,
  },
  { fits: (it) => it.flag('listLocations'), load: async () => (await import('./listings.ts')).listLocations },
  { fits: (it) => it.flag('listImages'), load: async () => (await import('./listings.ts')).listImages },
  { fits: (it) => it.flag('listSizes'), load: async () => (await import('./listings.ts')).listSizes },
  { fits: (it) => it.flag('destroy') && named(it), load: async () => (await import('./destroy.ts')).destroy },
  { fits: (it) => it.flag('action') && named(it), load: async () => (await import('./action.ts')).runAction },
  { fits: (it) => it.flag('function'), load: async () => (await import('./function.ts')).runFunction },
  {
    fits: (it) => it.flag('profile') && it.words.length > 0,
    load: async () => (await import('./create.ts')).createFromProfile,
  },
  { fits: (it) => it.flag('setPassword'), load: async () => (await import('./bootstrap.ts')).setPassword },
  { fits: (it) => it.flag('map'), load: async () => (await import('./map.ts')).runMap },
  { fits: (it) => it.flag('bootstrap'), load: async () => (await import('./bootstrap.ts')).bootstrap },
];

function named(parsed: Parsed): boolean {
  return parsed.words.length > 0 || parsed.flag('map');
}

/** Runs Salt Cloud's command line; answers with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  endOnBrokenPipe(process.stdout);
  try {
    const parsed = parse(argv);
    return (await tellAbout(parsed)) ?? (await runCommand(parsed));
  } catch (error) {
    return report(error, argv);
  }
}

/** Help and versions; null when something is to be done. */
async function tellAbout(parsed: Parsed): Promise<number | null> {
  const wanted = (['help', 'version', 'versionsReport'] as const).find((name) => parsed.flag(name));
  if (wanted === undefined) return null;
  const { helpText, versionText, versionsReport } = await import('./help.ts');
  const { platform, release, machine } = await import('node:os');
  const system = { system: platform(), release: release(), machine: machine() };
  const text = { help: helpText, version: versionText, versionsReport: () => versionsReport(system) };
  process.stdout.write(text[wanted]());
  return 0;
}

async function runCommand(parsed: Parsed): Promise<number> {
  const command = COMMANDS.find(({ fits }) => fits(parsed));
  if (!command) throw new UsageError('Nothing was done. Using the proper arguments?');
  const session = await openSession(parsed);
  session.log.info('salt-cloud starting');
  const answer = await (await command.load())(session);
  print(session, answer);
  if (!parsed.flag('legacyExitCodes')) return answer.code;
  return answer.refused ? LEGACY_ERROR : 0;
}

async function openSession(parsed: Parsed): Promise<Session> {
  const { env, stderr } = process;
  const cwd = process.cwd();
  const directory = resolve(cwd, parsed.text('configDir') ?? env['SALT_CONFIG_DIR'] ?? '/etc/salt');
  const main = await readMainConfig(directory);
  const level = parsed.text('logLevel') ?? main.logLevel ?? 'warning';
  const fileLevel = parsed.text('logFileLevel') ?? 'warning';
  const path = parsed.text('logFile');
  const log = openLog({
    stderr,
    level: isLevel(level) ? level : 'warning',
    file: path === null ? null : { path: resolve(cwd, path), level: isLevel(fileLevel) ? fileLevel : 'warning' },
    // So that the output stays YAML when both go to one file.
    prefix: outputOf(parsed, main) === 'yaml' ? '# ' : '',
  });
  return { parsed, main, directory, log, call: callOf(parsed, log) };
}

function callOf(parsed: Parsed, log: SaltLog): Call {
  const { env, stdout, stderr, stdin } = process;
  const paths = resolvePaths(env);
  const url = parsed.text('url') ?? env['SALTERN_URL'];
  // Which controller answers is nothing that a script's standard error should be full of.
  const aside = { write: (text: string) => log.info(text.trimEnd()) };
  return {
    args: parsed.words,
    options: optionsOf({}),
    client: lazyClient({ paths, env, stderr: aside, ...(url && { url }) }),
    out: { format: 'table', stdout },
    stdout,
    stderr,
    stdin,
    env,
    cwd: process.cwd(),
    paths,
  };
}

/** As Salt prints: without white space at the end, one line end behind, and nothing for nothing. */
function print({ parsed, main, log, call }: Session, { data }: Answer): void {
  if (data === null) return;
  const name = outputOf(parsed, main);
  const outputter = OUTPUTTERS[name];
  if (!outputter) log.error(`Invalid outputter ${name} specified, fall back to nested`);
  const indent = parsed.text('outIndent');
  const file = parsed.text('outFile');
  const color = parsed.flag('forceColor') || (!parsed.flag('noColor') && file === null && terminal(call.stdout).colors);
  const render = outputter ?? OUTPUTTERS['nested'];
  const options = { color, indent: indent === null ? main.outputIndent : Number(indent) };
  const text = rstrip(render?.(data, options) ?? '');
  if (file !== null) {
    const write = parsed.flag('outFileAppend') ? appendFileSync : writeFileSync;
    write(resolve(call.cwd, file), text === '' ? '' : `${text}\n`);
  } else if (text !== '') {
    call.stdout.write(`${text}\n`);
  }
}

function outputOf(parsed: Parsed, main: MainConfig): string {
  return parsed.text('output') ?? main.output ?? 'nested';
}

/** `Error: …` as Salt ends a command that could not run, with what to do next; the exit code says which kind it was. */
async function report(error: unknown, argv: readonly string[]): Promise<number> {
  const { stderr } = process;
  if (error instanceof UsageError) {
    const { USAGE } = await import('./help.ts');
    stderr.write(`${USAGE}\nsalt-cloud: error: ${error.message}\n`);
    return USAGE_ERROR;
  }
  const text = (key: string) => {
    const value: unknown = error instanceof Error ? Reflect.get(error, key) : null;
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const hint = text('hint');
  stderr.write(`Error: ${text('message') ?? String(error)}\n${hint ? `  hint: ${hint}\n` : ''}`);
  if (argv.includes('--hard-crash') && error instanceof Error) stderr.write(`${error.stack}\n`);
  if (argv.includes('--legacy-exit-codes')) return LEGACY_ERROR;
  const codes: Readonly<Record<string, number>> = EXIT_CODES;
  return codes[text('code') ?? ''] ?? EXIT_CODES.internal;
}
