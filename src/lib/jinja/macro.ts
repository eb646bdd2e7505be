import { evaluate } from './evaluate.ts';
import type { Execution } from './execute.ts';
import { Output, type Scope } from './scope.ts';
import type { Macro } from './syntax.ts';
import { type Arguments, Dict, JinjaError, Thing, Tuple, Undefined, type Value } from './values.ts';

/** A macro as a value: called, it gives its text. */
export function macroOf(it: Execution, around: Scope, macro: Macro): Thing {
  const call = (args: Arguments) => {
    const scope = around.inner();
    bind(it, scope, macro, args);
    const output = new Output();
    it.limits.within(() => it.run(scope, macro.body, output));
    return output.text;
  };
  return new Thing(`the macro "${macro.name}"`, call, [
    ['name', macro.name],
    ['arguments', new Tuple(macro.parameters.map(({ name }) => name))],
    ['catch_kwargs', macro.uses.has('kwargs')],
    ['catch_varargs', macro.uses.has('varargs')],
    ['caller', macro.uses.has('caller')],
  ]);
}

function bind(it: Execution, scope: Scope, { name, parameters, uses }: Macro, { places, names }: Arguments): void {
  const left = new Map(names);
  parameters.forEach((parameter, i) => {
    const given = left.get(parameter.name);
    const isNamed = left.delete(parameter.name);
    if (isNamed && i < places.length) throw new JinjaError(`the macro "${name}" is given "${parameter.name}" twice`);
    scope.set(parameter.name, argumentOf(it, scope, parameter, i < places.length ? (places[i] ?? null) : given));
  });
  const more = places.slice(parameters.length);
  const caller = left.get('caller');
  if (uses.has('caller')) {
    left.delete('caller');
    scope.set('caller', caller ?? new Undefined('"caller" is not defined: the macro is not called by a call block'));
  }
  if (uses.has('varargs')) scope.set('varargs', new Tuple(more));
  else if (more.length > 0) throw new JinjaError(`the macro "${name}" takes at most ${parameters.length} arguments`);
  if (uses.has('kwargs')) scope.set('kwargs', new Dict(left));
  else if (left.size > 0) throw new JinjaError(`the macro "${name}" has no argument "${[...left.keys()][0]}"`);
}

function argumentOf(
  it: Execution,
  scope: Scope,
  { name, otherwise }: Macro['parameters'][number],
  given: Value | undefined,
): Value {
  if (given !== undefined) return given;
  return otherwise ? evaluate(it, scope, otherwise) : new Undefined(`the argument "${name}" is not given`);
}
