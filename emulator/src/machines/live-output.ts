import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
import { LIVE } from './process-files.ts';

/*
 * The interpreter gives a script's output at its end. Statements that write to the script's own standard output or error
 * get `>>` to two files that send it on at once, so that it is seen when the statement ends.
 */

/** What `eval` is called where its code may write live. */
export const LIVE_EVAL = '__eval';

type Redirections = SimpleCommandNode['redirections'];

/** They write nothing, or change the shell itself, where a redirection would get in the way. */
const QUIET = new Set(
  '. : break cd continue exit export local read readonly return set shift source trap umask unset'.split(' '),
);

const append = (fd: 1 | 2): Redirections[number] => ({
  type: 'Redirection',
  fd,
  operator: '>>',
  target: { type: 'Word', parts: [{ type: 'Literal', value: LIVE[fd] }] },
});

function nameOf(word: WordNode): string | null {
  const part = word.parts[0];
  return word.parts.length === 1 && part?.type === 'Literal' ? part.value : null;
}

/** `exec >file` sends all that follows elsewhere. */
function redirectsShell(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(redirectsShell);
  if (typeof node !== 'object' || node === null) return false;
  const command = node as Partial<SimpleCommandNode>;
  const isExec = command.type === 'SimpleCommand' && command.name && nameOf(command.name) === 'exec';
  if (isExec && command.args?.length === 0) return true;
  return Object.values(node).some(redirectsShell);
}

function liveCommand(command: CommandNode, fds: readonly (1 | 2)[]): CommandNode {
  const redirections: Redirections = [...fds.map(append), ...command.redirections];
  if (command.type === 'FunctionDef') return command;
  if (command.type === 'SimpleCommand') {
    const name = command.name === null ? '' : nameOf(command.name);
    if (name === 'eval' && command.redirections.length === 0 && fds.length === 2) {
      return { ...command, name: { type: 'Word', parts: [{ type: 'Literal', value: LIVE_EVAL }] } };
    }
    return name === '' || QUIET.has(name ?? '') ? command : { ...command, redirections };
  }
  const open = fds.length === 2 && command.redirections.length === 0;
  return open ? liveBodies({ ...command, redirections }) : { ...command, redirections };
}

function liveBodies(command: Exclude<CommandNode, SimpleCommandNode | { type: 'FunctionDef' }>): CommandNode {
  switch (command.type) {
    case 'If': {
      const clauses = command.clauses.map((clause) => ({
        condition: live(clause.condition),
        body: live(clause.body),
      }));
      return { ...command, clauses, elseBody: command.elseBody && live(command.elseBody) };
    }
    case 'For':
    case 'CStyleFor':
    case 'Group':
    case 'Subshell':
      return { ...command, body: live(command.body) };
    case 'While':
    case 'Until':
      return { ...command, condition: live(command.condition), body: live(command.body) };
    case 'Case':
      return { ...command, items: command.items.map((item) => ({ ...item, body: live(item.body) })) };
    case 'ArithmeticCommand':
    case 'ConditionalCommand':
      return command;
    default:
      return command satisfies never;
  }
}

function livePipeline(pipeline: PipelineNode): PipelineNode {
  const last = pipeline.commands.length - 1;
  const commands = pipeline.commands.map((command, index) => liveCommand(command, index === last ? [1, 2] : [2]));
  return { ...pipeline, commands };
}

function live(statements: readonly StatementNode[]): StatementNode[] {
  return statements.map((statement) =>
    statement.background ? statement : { ...statement, pipelines: statement.pipelines.map(livePipeline) },
  );
}

/** The statements that are the script's own, not parts of pipelines, substitutions and functions, write live. */
export function makeLive(script: ScriptNode): ScriptNode {
  return redirectsShell(script) ? script : { ...script, statements: live(script.statements) };
}

/** Programs that run scripts in a process of their own. */
const SPAWNERS = new Set('sh bash dash setsid env nohup nice ionice timeout flock sudo su __run __subshell'.split(' '));

/** The words that standard output (1) and error (2) of a command are sent to. */
function outputTargets(redirections: Redirections): Record<1 | 2, WordNode | null> {
  const targets: Record<number, WordNode | null> = { 1: null, 2: null };
  for (const { fd, operator, target } of redirections) {
    const word = target.type === 'HereDoc' ? null : target;
    if (operator === '&>' || operator === '&>>') targets[1] = targets[2] = word;
    else if (operator === '>' || operator === '>>' || operator === '>|') targets[fd ?? 1] = word;
    else if (operator === '>&') targets[fd ?? 1] = targets[Number(word === null ? '' : nameOf(word))] ?? null;
  }
  return { 1: targets[1] ?? null, 2: targets[2] ?? null };
}

function hint(command: SimpleCommandNode): SimpleCommandNode {
  const targets = outputTargets(command.redirections);
  const assignment = (name: string, value: WordNode | null) =>
    value === null ? [] : [{ type: 'Assignment' as const, name, value, append: false, array: null }];
  return {
    ...command,
    assignments: [...assignment('__out', targets[1]), ...assignment('__err', targets[2]), ...command.assignments],
  };
}

/**
 * Tells programs that run scripts, by two variables, which files their output is redirected to: so that they write there as
 * they go (a detached runner's log), not at their end.
 */
export function hintOutputs(script: ScriptNode): ScriptNode {
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const result = Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
    if (result['type'] !== 'SimpleCommand') return result;
    const command = result as unknown as SimpleCommandNode;
    return command.name !== null && SPAWNERS.has(nameOf(command.name) ?? '') ? hint(command) : command;
  };
  return visit(script) as ScriptNode;
}
