import type { CommandNode, SimpleCommandNode, StatementNode } from 'just-bash';
import { plain } from './transform.ts';

/*
 * The interpreter is given its standard input whole. A client may leave its side open for ever, so input is waited for only
 * when the command will read it.
 */

/** How many operands a program takes before it no longer reads standard input. */
const READERS: Readonly<Record<string, number>> = {
  awk: 1,
  base64: 0,
  bash: 0,
  cat: 0,
  chpasswd: 0,
  cut: 0,
  dash: 0,
  grep: 1,
  gunzip: 0,
  gzip: 0,
  head: 0,
  jq: 1,
  md5sum: 0,
  od: 0,
  read: Number.POSITIVE_INFINITY,
  sed: 1,
  sh: 0,
  sha256sum: 0,
  sort: 0,
  tail: 0,
  tar: Number.POSITIVE_INFINITY,
  tee: Number.POSITIVE_INFINITY,
  tr: Number.POSITIVE_INFINITY,
  wc: 0,
  xargs: Number.POSITIVE_INFINITY,
  zcat: 0,
};
const PREFIXES = new Set(['sudo', 'env', 'nohup', 'setsid', 'nice', 'timeout', 'exec', 'command']);
const SHELLS = new Set(['sh', 'bash', 'dash', 'su']);

/** Many machines are given the same commands: what was found is kept for a while. */
const kept = new Map<string, boolean>();
const MOST_KEPT = 200;

/** Whether running `source` would read its standard input. In doubt it would. */
export async function readsInput(source: string): Promise<boolean> {
  const known = kept.get(source);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const found = await look(source);
  kept.set(source, found);
  return found;
}

async function look(source: string): Promise<boolean> {
  const { parse } = await import('just-bash');
  try {
    return statements(parse(source).statements, parse);
  } catch {
    return false;
  }
}

type Parse = (source: string) => { readonly statements: StatementNode[] };

function statements(list: readonly StatementNode[], parse: Parse): boolean {
  return list.some((statement) =>
    statement.pipelines.some(({ commands: [first] }) => first !== undefined && reads(first, parse)),
  );
}

function reads(command: CommandNode, parse: Parse): boolean {
  if ('redirections' in command && command.redirections.some(({ operator, fd }) => operator.startsWith('<') && !fd)) {
    return false;
  }
  switch (command.type) {
    case 'SimpleCommand':
      return simpleReads(command, parse);
    case 'If': {
      const bodies = command.clauses.flatMap((clause) => [...clause.condition, ...clause.body]);
      return statements([...bodies, ...(command.elseBody ?? [])], parse);
    }
    case 'For':
    case 'CStyleFor':
    case 'Group':
    case 'Subshell':
      return statements(command.body, parse);
    case 'While':
    case 'Until':
      return statements([...command.condition, ...command.body], parse);
    case 'Case':
      return command.items.some((item) => statements(item.body, parse));
    case 'FunctionDef':
      return reads(command.body, parse);
    case 'ArithmeticCommand':
    case 'ConditionalCommand':
      return false;
    default:
      return command satisfies never;
  }
}

/** The scripts of the command substitutions in a word, which share the command's input. */
function substitutions(node: unknown): StatementNode[] {
  if (Array.isArray(node)) return node.flatMap(substitutions);
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && node.type === 'CommandSubstitution' && 'body' in node) {
    return (node.body as { statements: StatementNode[] }).statements;
  }
  return Object.values(node).flatMap(substitutions);
}

function simpleReads(command: SimpleCommandNode, parse: Parse): boolean {
  if (statements(substitutions([command.name, command.args, command.assignments]), parse)) return true;
  const words = [command.name, ...command.args].map((word) => text(word));
  if (words.some((word) => word.includes('/dev/stdin') || word.includes('/proc/self/fd/0'))) return true;
  return wordsRead(words, parse);
}

function text(word: SimpleCommandNode['name']): string {
  const short = plain(word);
  if (short !== null) return short;
  const [part] = word?.parts ?? [];
  return part?.type === 'SingleQuoted' ? part.value : part?.type === 'DoubleQuoted' ? JSON.stringify(part) : '?';
}

function wordsRead(words: readonly string[], parse: Parse): boolean {
  const [path = '', ...args] = words;
  const name = path.split('/').at(-1) ?? '';
  if (PREFIXES.has(name)) {
    const next = args.findIndex((arg) => (arg.split('/').at(-1) as string) in READERS || SHELLS.has(arg));
    return next >= 0 && wordsRead(args.slice(next), parse);
  }
  const inline = SHELLS.has(name) ? args.findIndex((arg) => /^-\w*c$/.test(arg)) : -1;
  if (inline >= 0) {
    try {
      return statements(parse(args[inline + 1] ?? '').statements, parse);
    } catch {
      return true;
    }
  }
  if (SHELLS.has(name) && args.some((arg) => /^-\w*s$/.test(arg))) return true;
  const limit = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (limit === undefined) return false;
  const operands = args.filter((arg, index) => !arg.startsWith('-') && !/^-[a-z]$/.test(args[index - 1] ?? ''));
  return args.includes('-') || operands.length <= limit;
}
