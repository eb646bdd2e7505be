import type { Readable, Writable } from 'node:stream';
import type { Client } from '../../client/client.ts';
import type { Paths } from '../../lib/paths.ts';
import type { Sink } from './context.ts';
import type { OutputOptions } from './output.ts';

/** One command as a value: help, parsing and the examples in the manual follow from it. */
export interface Verb {
  readonly summary: string;
  /** As commander writes them: `<name>`, `[name]`, `<name...>`. */
  readonly args?: string;
  readonly options?: readonly Flag[];
  /** Without the leading `saltern`. */
  readonly examples: readonly string[];
  /** Answers with an exit code, 0 when nothing is said. */
  run(call: Call): Promise<number | undefined>;
}

export interface Flag {
  /** As commander writes them: `-p, --profile <name>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string | boolean;
  readonly required?: boolean;
  /** May be given several times. */
  readonly repeat?: boolean;
}

/** What a verb works with. */
export interface Call {
  /** Positional arguments in order; a variadic one comes as its values. */
  readonly args: readonly string[];
  readonly options: Options;
  /** Connects at the first call; starts a controller where none runs. */
  client(): Promise<Client>;
  readonly out: OutputOptions;
  readonly stdout: Sink;
  readonly stderr: Sink & Writable;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly paths: Paths;
}

/** Options by their camel-case names, read in one of three forms. */
export interface Options {
  text(name: string): string | undefined;
  flag(name: string): boolean;
  list(name: string): readonly string[];
}

export function optionsOf(values: Readonly<Record<string, unknown>>): Options {
  return {
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    flag: (name) => values[name] === true,
    list: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
  };
}
