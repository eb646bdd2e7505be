import { Command, CommanderError, Option } from 'commander';
import { EXIT_CODES } from '../client/generated.ts';
import { resolvePaths } from '../lib/paths.ts';
import { endOnBrokenPipe } from './base/context.ts';
import { reportError } from './base/errors.ts';
import { FORMATS, type Format } from './base/output.ts';
import { type Call, type Flag, optionsOf, type Verb } from './base/verb.ts';
import { lazyClient } from './connect.ts';
import { type Noun, nouns, topVerbs } from './nouns.ts';

/** EX_USAGE of sysexits.h; 2 says that a plan has something to do. */
const USAGE_ERROR = 64;

/** Finds the verb, loads it alone, and runs it. Answers with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  endOnBrokenPipe(process.stdout);
  let code = 0;
  const program = new Command('saltern')
    .description('Machines on rented clouds, your own hypervisors and metal you have: one inventory.')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) });
  try {
    await build(program, argv, (result) => {
      code = result;
    });
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    return reportError(error, process.stderr, EXIT_CODES);
  }
  return code;
}

/** Only what was asked for is loaded. A verb that is known stands alone; else all stand there by name, for the help. */
async function build(program: Command, argv: readonly string[], done: (code: number) => void): Promise<void> {
  const [first = '', second = ''] = argv;
  const isKnown = Object.hasOwn(nouns, first) && Object.hasOwn(nouns[first]?.verbs ?? {}, second);
  for (const [name, noun] of Object.entries(nouns)) {
    if (isKnown && name !== first) continue;
    const group = program.command(name).description(noun.summary).helpCommand(false);
    await addVerbs(group, noun, name === first ? second : null, done);
  }
  if (isKnown) return;
  for (const [name, entry] of Object.entries(topVerbs)) {
    const command = program.command(name).description(entry.summary);
    if (name === first) define(command, `${name}`, await entry.load(), done);
  }
  program.command('version').description('Print the version');
}

async function addVerbs(
  group: Command,
  noun: Noun,
  wanted: string | null,
  done: (code: number) => void,
): Promise<void> {
  for (const [name, entry] of Object.entries(noun.verbs)) {
    const command = group.command(name).description(entry.summary);
    if (name === wanted) define(command, `${group.name()} ${name}`, await entry.load(), done);
  }
}

function define(command: Command, path: string, verb: Verb, done: (code: number) => void): void {
  command.description(verb.summary);
  if (verb.args) command.arguments(verb.args);
  for (const flag of verb.options ?? []) command.addOption(optionOf(flag));
  command
    .addOption(new Option('-o, --output <format>', 'how answers are written').choices(FORMATS).default('table'))
    .option('--url <url>', 'a controller over TCP instead of the socket (or SALTERN_URL)')
    .addHelpText('after', `\nExamples:\n${verb.examples.map((example) => `  $ saltern ${example}\n`).join('')}`)
    .action(async () => {
      const values = command.opts();
      done((await verb.run(callOf(command.args, values))) ?? 0);
    });
  command.name(path.split(' ').at(-1) ?? path);
}

function optionOf(flag: Flag): Option {
  const option = new Option(flag.flags, flag.description);
  if (flag.choices) option.choices([...flag.choices]);
  if (flag.default !== undefined) option.default(flag.default);
  if (flag.required) option.makeOptionMandatory();
  if (flag.repeat) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return option;
}

function callOf(args: readonly string[], values: Record<string, unknown>): Call {
  const { env, stdout, stderr, stdin } = process;
  const paths = resolvePaths(env);
  const url = typeof values['url'] === 'string' ? values['url'] : env['SALTERN_URL'];
  return {
    args,
    options: optionsOf(values),
    client: lazyClient({ paths, env, stderr, ...(url && { url }) }),
    out: { format: values['output'] as Format, stdout },
    stdout,
    stderr,
    stdin,
    env,
    cwd: process.cwd(),
    paths,
  };
}
