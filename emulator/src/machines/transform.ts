import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
import { hintOutputs, LIVE_EVAL, makeLive } from './live-output.ts';
import { LIVE } from './process-files.ts';
import type { ShellState } from './shell-state.ts';

/*
 * The interpreter runs `&` in the foreground, has no traps and no umask, and runs programs in the shell's
 * own process. Scripts are rewritten so that commands of ours, whose names begin with `__`, do these things.
 */

export type Serialize = (script: ScriptNode) => string;

type Tree = { readonly type?: string } & { [key: string]: unknown };

const literal = (value: string): WordNode => ({ type: 'Word', parts: [{ type: 'SingleQuoted', value }] });

const simple = (name: string, ...args: WordNode[]): SimpleCommandNode => ({
  type: 'SimpleCommand',
  assignments: [],
  name: literalName(name),
  args,
  redirections: [],
});

function literalName(value: string): WordNode {
  return { type: 'Word', parts: [{ type: 'Literal', value }] };
}

const pipeline = (...commands: CommandNode[]): PipelineNode => ({ type: 'Pipeline', commands, negated: false });

const statement = (...commands: CommandNode[]): StatementNode => ({
  type: 'Statement',
  pipelines: commands.map((command) => pipeline(command)),
  operators: commands.slice(1).map(() => ';'),
  background: false,
});

/** The word's text when it is written plainly, null when it must be expanded first. */
export function plain(word: WordNode | null): string | null {
  const [part, ...more] = word?.parts ?? [];
  return more.length === 0 && part?.type === 'Literal' ? part.value : null;
}

/** A program by its path: `./x`, `/usr/bin/x`, `"$dir/x"`. */
function isPath(word: WordNode): boolean {
  return word.parts.some((part) =>
    part.type === 'DoubleQuoted'
      ? part.parts.some((inner) => inner.type === 'Literal' && inner.value.includes('/'))
      : (part.type === 'Literal' || part.type === 'SingleQuoted') && part.value.includes('/'),
  );
}

/** The one simple command that a script consists of, or null. */
function onlyCommand(statements: readonly StatementNode[]): SimpleCommandNode | null {
  const [first, ...more] = statements;
  const command = first?.pipelines.length === 1 ? first.pipelines[0]?.commands : undefined;
  if (more.length > 0 || first?.background || command?.length !== 1) return null;
  return command[0]?.type === 'SimpleCommand' ? command[0] : null;
}

/** A background job that sends both its outputs elsewhere does not hold the shell's. */
function holdsOutput(job: StatementNode): boolean {
  const redirections = onlyCommand([{ ...job, background: false }])?.redirections ?? [];
  const sendsAway = (fd: number) =>
    redirections.some(
      ({ operator, fd: from }) => operator.startsWith('&>') || (operator !== '<' && (from ?? 1) === fd),
    );
  return !(sendsAway(1) && sendsAway(2));
}

function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((child) => mentions(child, name));
  if (typeof node !== 'object' || node === null) return false;
  const tree = node as Tree;
  if (tree.type === 'SimpleCommand' && plain((tree as unknown as SimpleCommandNode).name) === name) return true;
  return Object.values(tree).some((child) => mentions(child, name));
}

function functionsOf(node: unknown, found: CommandNode[] = []): CommandNode[] {
  if (Array.isArray(node)) for (const child of node) functionsOf(child, found);
  else if (typeof node === 'object' && node !== null) {
    const tree = node as Tree;
    if (tree.type === 'FunctionDef') found.push(tree as unknown as CommandNode);
    for (const child of Object.values(tree)) functionsOf(child, found);
  }
  return found;
}

const group = (...commands: CommandNode[]): CommandNode => ({
  type: 'Group',
  body: [statement(...commands)],
  redirections: [],
});

/** The first, and the second when that failed. */
const either = (first: CommandNode, second: CommandNode): CommandNode => ({
  type: 'Group',
  body: [{ type: 'Statement', pipelines: [pipeline(first), pipeline(second)], operators: ['||'], background: false }],
  redirections: [],
});

/** The output of a command as one word. */
function substitution(command: SimpleCommandNode): WordNode {
  const body: ScriptNode = { type: 'Script', statements: [statement(command)] };
  return {
    type: 'Word',
    parts: [{ type: 'DoubleQuoted', parts: [{ type: 'CommandSubstitution', body, legacy: false }] }],
  };
}

function rewriteSimple(command: SimpleCommandNode): CommandNode {
  const name = plain(command.name);
  const [first, ...rest] = command.args;
  switch (name) {
    case 'exit':
      // It unwinds the interpreter and loses the variables: they are kept before.
      return group({ ...command, name: literalName('__exit') }, simple('exit'));
    case 'exec':
      // The interpreter would go on after it.
      if (first === undefined) return command;
      return group(rewriteSimple({ ...command, name: first, args: rest }), simple('__exit'), simple('exit'));
    case 'eval':
    case LIVE_EVAL: {
      const how = name === LIVE_EVAL ? 'live' : 'plain';
      return {
        ...command,
        name: literalName('eval'),
        args: [substitution(simple('__rewrite', literal(how), ...command.args))],
      };
    }
    case 'command':
      if (plain(first ?? null) !== '-v') return command;
      return either(command, { ...command, name: literalName('__which'), args: rest });
    case 'wait':
    case 'ulimit':
    case 'times':
      return { ...command, name: literalName(`__${name}`) };
  }
  if (command.name !== null && isPath(command.name)) {
    return { ...command, name: literalName('__run'), args: [command.name, ...command.args] };
  }
  return command;
}

type Redirection = SimpleCommandNode['redirections'][number];

const WRITES: readonly string[] = ['>', '>>', '>|', '&>', '&>>'];
const ALWAYS_WRITABLE = ['/dev/null', '/dev/stdout', '/dev/stderr', LIVE[1], LIVE[2]];

/** The interpreter gives up when a file cannot be opened for writing: `__target` looks first, and gives a name that fails. */
function checkTarget(redirection: Redirection): Redirection {
  const { target, operator } = redirection;
  if (target.type === 'HereDoc' || !WRITES.includes(operator)) return redirection;
  if (ALWAYS_WRITABLE.includes(plain(target) ?? '')) return redirection;
  return { ...redirection, target: substitution(simple('__target', target)) };
}

/** Whether a subshell needs an umask or traps of its own, which the interpreter does not know. */
const ownState = (body: unknown) => mentions(body, 'umask') || mentions(body, 'trap');

function rewrite(node: unknown, serialize: Serialize): unknown {
  if (Array.isArray(node)) return node.map((child) => rewrite(child, serialize));
  if (typeof node !== 'object' || node === null) return node;
  const tree = node as Tree;
  if (tree.type === 'Statement' && tree['background'] === true) {
    const job = { ...(tree as unknown as StatementNode), background: false };
    const source = serialize({ type: 'Script', statements: [job] });
    return statement(simple('__background', literal(holdsOutput(job) ? 'holds' : 'free'), literal(source)));
  }
  if (tree.type === 'Subshell' && ownState(tree['body'])) {
    const { body, redirections } = tree as unknown as Extract<CommandNode, { type: 'Subshell' }>;
    const source = serialize({ type: 'Script', statements: body });
    return rewrite({ ...simple('__subshell', literal(source)), redirections }, serialize);
  }
  if (tree.type === 'CommandSubstitution' && ownState(tree['body'])) {
    const source = serialize(tree['body'] as ScriptNode);
    return { ...tree, body: { type: 'Script', statements: [statement(simple('__subshell', literal(source)))] } };
  }
  const children = Object.entries(tree).map(([key, child]) => [key, rewrite(child, serialize)]);
  const result: Tree = Object.fromEntries(children);
  if (tree.type === 'SimpleCommand') return rewriteSimple(result as unknown as SimpleCommandNode);
  if (tree.type === 'Redirection') return checkTarget(result as unknown as Redirection);
  if (tree.type === 'TildeExpansion' && typeof tree['user'] === 'string') {
    return substitution(simple('__home', literal(tree['user']))).parts[0];
  }
  if (tree.type === 'ParameterExpansion' && tree['parameter'] === '!') return { ...result, parameter: '__job' };
  return result;
}

function adapt(script: ScriptNode, live: boolean, serialize: Serialize): ScriptNode {
  return hintOutputs(rewrite(live ? makeLive(script) : script, serialize) as ScriptNode);
}

function functionsText(script: ScriptNode, serialize: Serialize): string {
  const found = functionsOf(script.statements).map((command) => statement(command));
  return found.length > 0 ? `${serialize({ type: 'Script', statements: found })}\n` : '';
}

/** Rewrites a parsed script for a machine; the first one of a run also writes its output live. */
export function prepare(script: ScriptNode, state: ShellState, serialize: Serialize): ScriptNode {
  if (!state.live) return adapt(script, false, serialize);
  state.live = false;
  state.single = onlyCommand(script.statements) !== null;
  state.functions += functionsText(script, serialize);
  const adapted = adapt(script, true, serialize);
  const started = statement({
    ...simple(''),
    name: null,
    assignments: [{ type: 'Assignment', name: '__started', value: literal('1'), append: false, array: null }],
  });
  return { ...adapted, statements: [started, ...adapted.statements] };
}

interface Adapted {
  readonly text: string;
  readonly functions: string;
}

/** Many machines are told the same: what was adapted is kept for a while. Null is what cannot be parsed. */
const kept = new Map<string, Adapted | null>();
const MOST_KEPT = 200;

/** The same for the text that `eval` is given. What cannot be parsed is given back: `eval` will say so. */
export async function prepareText(source: string, live: boolean, state: ShellState): Promise<string> {
  const key = `${live} ${source}`;
  if (!kept.has(key)) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, await adaptText(source, live));
  }
  const adapted = kept.get(key);
  if (!adapted) return source;
  state.functions += adapted.functions;
  return adapted.text;
}

async function adaptText(source: string, live: boolean): Promise<Adapted | null> {
  const { parse, serialize } = await import('just-bash');
  try {
    const script = parse(source);
    return { functions: functionsText(script, serialize), text: serialize(adapt(script, live, serialize)) };
  } catch {
    return null;
  }
}
