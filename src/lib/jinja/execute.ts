import { assign } from './assign.ts';
import { argumentsOf, called, type Evaluation, evaluate, located } from './evaluate.ts';
import { runLoop } from './loop.ts';
import { macroOf } from './macro.ts';
import { str } from './print.ts';
import { Output, Scope } from './scope.ts';
import type { Body, Expression, Statement } from './syntax.ts';
import { isTrue, JinjaError, orElse, Thing, Undefined, type Value } from './values.ts';

/** What running a template needs of the rendering. */
export interface Execution extends Evaluation {
  /** The template of a name, as `from` asks for it; null when there is none. */
  template(name: string, from: number): { readonly index: number; readonly body: Body } | null;
  /** What `import_yaml` and the like read. */
  data(form: string, name: string, from: number): Value;
  /** `execute`, for those that it calls itself. */
  run(scope: Scope, body: Body, output: Output): Signal;
  readonly globals: Scope;
  /** The blocks of the templates that extend one another, the outermost first. */
  readonly blocks: Map<string, { readonly body: Body; readonly template: number }[]>;
}

export type Signal = 'break' | 'continue' | null;

/** Runs statements in a scope; what they end with ends their loop. */
export function execute(it: Execution, scope: Scope, body: Body, output: Output): Signal {
  for (const statement of body) {
    it.limits.step();
    try {
      const signal = run(it, scope, statement, output);
      if (signal) return signal;
    } catch (error) {
      throw located(error, scope.template, statement);
    }
  }
  return null;
}

function run(it: Execution, scope: Scope, node: Statement, output: Output): Signal {
  const of = (part: Expression) => evaluate(it, scope, part);
  const print = (value: Value, line: number) => {
    const text = str(value);
    it.limits.make(text.length);
    output.write(text, scope.template, line, false);
    return null;
  };
  switch (node.kind) {
    case 'text':
      it.limits.make(node.text.length);
      output.write(node.text, scope.template, node.line, true);
      return null;
    case 'print':
      return print(of(node.value), node.line);
    case 'for':
      return runLoop(it, scope, node, output);
    case 'if':
      for (const { condition, body } of node.branches) {
        if (isTrue(of(condition))) return execute(it, scope, body, output);
      }
      return execute(it, scope, node.otherwise, output);
    case 'set':
      return assign(scope, node.target, of(node.value));
    case 'capture':
      return assign(scope, node.target, captured(it, scope, node.body, node.filter));
    case 'macro':
      scope.set(node.macro.name, macroOf(it, scope, node.macro));
      return null;
    case 'call':
      return print(callBlock(it, scope, node), node.line);
    case 'filter':
      return print(captured(it, scope, node.body, node.filter), node.line);
    case 'with': {
      const inner = scope.inner();
      for (const [target, value] of node.sets) assign(inner, target, of(value));
      return execute(it, inner, node.body, output);
    }
    case 'do':
      of(node.value);
      return null;
    case 'break':
    case 'continue':
      return node.kind;
    case 'include':
      return include(it, scope, node, output);
    case 'import':
      return importTemplate(it, scope, node);
    case 'import data':
      return assign(scope, { kind: 'name', name: node.as }, it.data(node.form, str(of(node.name)), scope.template));
    case 'block':
      return runBlock(it, scope, node, output);
    case 'extends':
      throw new JinjaError('`extends` stands at the top of a template');
    default:
      return node satisfies never;
  }
}

function captured(it: Execution, scope: Scope, body: Body, filter: Expression | null): Value {
  const output = new Output();
  execute(it, scope.inner(), body, output);
  return filter === null ? output.text : filtered(it, scope, filter, output.text);
}

/** A chain of filters whose first value is what was captured. */
function filtered(it: Execution, scope: Scope, node: Expression, value: string): Value {
  if (node.kind !== 'filter') throw new JinjaError('this is no filter');
  const of = node.of === null ? value : filtered(it, scope, node.of, value);
  return it.filter(node.name, of, argumentsOf(it, scope, node.given));
}

function callBlock(it: Execution, scope: Scope, { macro, call }: Extract<Statement, { kind: 'call' }>): Value {
  if (call.kind !== 'call') throw new JinjaError('a call block needs a call');
  const { places, names } = argumentsOf(it, scope, call.given);
  const caller = macroOf(it, scope, macro);
  return called(evaluate(it, scope, call.of), { places, names: new Map([...names, ['caller', caller]]) });
}

function wantedNames(value: Value): string[] {
  return (Array.isArray(value) ? value : [value]).map(str);
}

function include(it: Execution, scope: Scope, node: Extract<Statement, { kind: 'include' }>, output: Output): null {
  const names = wantedNames(evaluate(it, scope, node.name));
  const found = names.map((name) => it.template(name, scope.template)).find((each) => each !== null);
  if (found === undefined && node.ignoresMissing) return null;
  const { index, body } = found ?? noTemplate(names);
  it.limits.within(() => runTemplate(it, new Scope(index, node.withContext ? scope : it.globals), body, output));
  return null;
}

function noTemplate(names: readonly string[]): never {
  throw new JinjaError(
    `there is no template "${names.join('", "')}"`,
    'It is looked for beside this file, and in /srv/salt.',
  );
}

function importTemplate(it: Execution, scope: Scope, node: Extract<Statement, { kind: 'import' }>): null {
  const name = str(evaluate(it, scope, node.name));
  const { index, body } = it.template(name, scope.template) ?? noTemplate([name]);
  const own = new Scope(index, node.withContext ? scope : it.globals);
  it.limits.within(() => runTemplate(it, own, body, new Output()));
  const exported = [...own.own].filter(([key]) => !key.startsWith('_'));
  if (node.as !== null) scope.set(node.as, new Thing('a template', null, exported));
  for (const [wanted, as] of node.names) {
    scope.set(
      as,
      orElse(own.own.get(wanted), () => new Undefined(`the template "${name}" has no "${wanted}"`)),
    );
  }
  return null;
}

/** A whole template: what extends another gives that one its blocks, and is not shown itself. */
export function runTemplate(it: Execution, scope: Scope, body: Body, output: Output): void {
  const parent = body.find((statement) => statement.kind === 'extends');
  if (parent === undefined) {
    execute(it, scope, body, output);
    return;
  }
  for (const statement of body) {
    if (statement.kind !== 'block') continue;
    const known = it.blocks.get(statement.name) ?? [];
    it.blocks.set(statement.name, [...known, { body: statement.body, template: scope.template }]);
  }
  const silent = body.filter(({ kind }) => kind !== 'block' && kind !== 'extends');
  execute(it, scope, silent, new Output());
  const name = str(evaluate(it, scope, parent.name));
  const found = it.template(name, scope.template) ?? noTemplate([name]);
  it.limits.within(() => runTemplate(it, new Scope(found.index, scope), found.body, output));
}

function runBlock(it: Execution, scope: Scope, node: Extract<Statement, { kind: 'block' }>, output: Output): null {
  const layers = [...(it.blocks.get(node.name) ?? []), { body: node.body, template: scope.template }];
  const show = (depth: number, into: Output) => {
    const layer = layers[depth];
    if (layer === undefined) throw new JinjaError('there is no block above this one');
    const inner = new Scope(layer.template, scope);
    inner.set(
      'super',
      new Thing('super', () => {
        const above = new Output();
        show(depth + 1, above);
        return above.text;
      }),
    );
    execute(it, inner, layer.body, into);
  };
  show(0, output);
  return null;
}
