import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { nearest } from '../../lib/nearest.ts';
import { CliError } from '../base/errors.ts';

/** What ssh_config(5) says of one host, as far as it is read here. */
export interface SshConfigHost {
  readonly alias: string;
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** The first one named. */
  readonly identityFile?: string;
  readonly jump?: { readonly host: string; readonly port?: number; readonly user?: string };
}

interface Block {
  /** Patterns of `Host`, or of `Match host`; `Match all` is `*`. */
  readonly patterns: readonly string[];
  readonly options: { readonly key: string; readonly value: string }[];
}

/** The keywords that matter for reaching a host; all others are the ssh program's own business. */
const READ = ['hostname', 'port', 'user', 'identityfile', 'proxyjump'] as const;
/** Ways to reach a host that we do not go: silently going another one would reach another machine. */
const REFUSED: Readonly<Record<string, string>> = {
  proxycommand: 'Use ProxyJump, which is a host to go through.',
};
const DEEPEST = 16;

/** The blocks of a config file and of those that it includes. */
export function readSshConfig(file: string): readonly Block[] {
  return parse(file, [{ patterns: ['*'], options: [] }], 0);
}

/**
 * The hosts that some words mean: a word with `*` or `?` means every name that a `Host` line spells out and it matches; any
 * other word means itself, as for ssh. The first value of each keyword wins.
 */
export function hostsOf(blocks: readonly Block[], words: readonly string[], file: string): SshConfigHost[] {
  const spelled = [...new Set(blocks.flatMap(({ patterns }) => patterns.filter((one) => !/[*?!]/.test(one))))];
  const aliases = words.flatMap((word) => {
    const found = /[*?]/.test(word) ? spelled.filter((alias) => matches(word, alias)) : [word];
    if (found.length > 0) return found;
    const near = nearest(word.replaceAll(/[*?]/g, ''), spelled);
    throw new CliError('not_found', `no Host of ${file} matches ${word}`, near ? { hint: `There is "${near}".` } : {});
  });
  return [...new Set(aliases)].map((alias) => resolve(blocks, alias, 0));
}

function resolve(blocks: readonly Block[], alias: string, depth: number): SshConfigHost {
  if (depth > DEEPEST) throw new CliError('invalid', `ProxyJump of ${alias} goes in a circle`);
  const said = new Map<string, string>();
  for (const { patterns, options } of blocks) {
    if (!applies(patterns, alias)) continue;
    for (const { key, value } of options) if (!said.has(key)) said.set(key, value);
  }
  const refused = Object.keys(REFUSED).find((key) => said.has(key) && said.get(key) !== 'none');
  if (refused)
    throw new CliError('unsupported', `${alias}: ${refused} is not supported`, { hint: REFUSED[refused] ?? '' });
  const host = (said.get('hostname') ?? '%h').replaceAll('%h', alias);
  const [port, user, identity] = [said.get('port'), said.get('user'), said.get('identityfile')];
  const jump = said.get('proxyjump');
  return {
    alias,
    host,
    ...(port && { port: Number(port) }),
    ...(user && { user }),
    ...(identity &&
      identity !== 'none' && { identityFile: home(identity.replaceAll('%h', host).replaceAll('%d', homedir())) }),
    ...(jump && jump !== 'none' && { jump: jumpOf(blocks, jump, alias, depth) }),
  };
}

function jumpOf(blocks: readonly Block[], written: string, alias: string, depth: number): SshConfigHost['jump'] {
  const [, user, name = '', port] = /^(?:ssh:\/\/)?(?:([^@]+)@)?([^:,]+)(?::(\d+))?$/.exec(written) ?? [];
  if (name === '') {
    throw new CliError('unsupported', `${alias}: ProxyJump ${written} goes through several hosts`, {
      hint: 'One host in between is supported.',
    });
  }
  const seen = resolve(blocks, name, depth + 1);
  if (seen.jump) {
    throw new CliError('unsupported', `${alias}: its ProxyJump ${name} has one of its own`, {
      hint: 'One host in between is supported.',
    });
  }
  const at = port ? Number(port) : seen.port;
  const as = user ?? seen.user;
  return { host: seen.host, ...(at && { port: at }), ...(as && { user: as }) };
}

function parse(file: string, blocks: Block[], depth: number): Block[] {
  if (depth > DEEPEST) throw new CliError('invalid', `Include goes in a circle at ${file}`);
  const text = readText(file);
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    if (keyword === '') continue;
    const key = keyword.toLowerCase();
    const values = wordsOf(rest);
    const where = `${file}:${index + 1}`;
    if (key === 'host') blocks.push({ patterns: values, options: [] });
    else if (key === 'match') blocks.push({ patterns: matchPatterns(values, where), options: [] });
    else if (key === 'include') include(values, file, blocks, depth);
    else if (READ.some((one) => one === key) || key in REFUSED) add(blocks, key, values.join(' '), where);
  }
  return blocks;
}

function add(blocks: Block[], key: string, value: string, where: string): void {
  if (key === 'port' && !/^\d{1,5}$/.test(value)) throw new CliError('invalid', `"${value}" is no port`, { where });
  blocks.at(-1)?.options.push({ key, value });
}

function matchPatterns(values: readonly string[], where: string): string[] {
  const [criterion = '', patterns = ''] = values;
  if (criterion.toLowerCase() === 'all' && values.length === 1) return ['*'];
  if (/^(original)?host$/i.test(criterion) && values.length === 2) return patterns.split(',');
  throw new CliError('unsupported', `Match ${values.join(' ')} cannot be told from the file alone`, {
    where,
    hint: 'Only `Match all` and `Match host` are read. Name the machines on the command line instead.',
  });
}

/** Included blocks stand where the line stands; what follows it belongs to the block around it again. */
function include(values: readonly string[], file: string, blocks: Block[], depth: number): void {
  const around = blocks.at(-1)?.patterns ?? ['*'];
  for (const value of values) {
    const path = home(value);
    const whole = isAbsolute(path) ? path : join(dirname(file), path);
    for (const one of globbed(whole)) {
      parse(one, blocks, depth + 1);
      blocks.push({ patterns: around, options: [] });
    }
  }
}

function globbed(path: string): string[] {
  if (!/[*?]/.test(path)) return [path];
  try {
    const names = readdirSync(dirname(path)).filter((name) => matches(basename(path), name));
    return names.sort().map((name) => join(dirname(path), name));
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError('not_found', `cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function wordsOf(text: string): string[] {
  const words = text.matchAll(/"([^"]*)"|([^\s"#][^\s"]*)|(#.*)/g);
  return [...words].flatMap(([, quoted, plain]) => quoted ?? plain ?? []);
}

function applies(patterns: readonly string[], alias: string): boolean {
  if (patterns.some((one) => one.startsWith('!') && matches(one.slice(1), alias))) return false;
  return patterns.some((one) => !one.startsWith('!') && matches(one, alias));
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(text);
}

function home(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}
