import { absolute, type Body, type Commands, fail, parseOptions, quote, reason, stdin } from './command.ts';

/** `-c`, with `+N` from byte N on; every other form is the interpreter's own. */
const tail: Body = async (args, io) => {
  const { given, rest } = parseOptions(args, ['c', 'bytes', 'n', 'lines', 's', 'pid']);
  const count = given.get('c') ?? given.get('bytes');
  if (count === undefined) return (await io.context.origCommand?.([...args])) ?? fail('tail: not available');
  try {
    const read = (path: string) =>
      path === '-' ? stdin(io) : io.machine.files.read(absolute(io, path), io.process.who);
    const parts = (rest.length === 0 ? ['-'] : rest).map((path) => {
      const bytes = read(path);
      const number = Math.abs(Number(count));
      return count.startsWith('+')
        ? bytes.subarray(Math.max(0, number - 1))
        : bytes.subarray(bytes.length - Math.min(number, bytes.length));
    });
    return { stdout: Buffer.concat(parts).toString('latin1'), stdoutKind: 'bytes', stderr: '', exitCode: 0 };
  } catch (error) {
    return fail(`tail: cannot open '${rest[0]}' for reading: ${reason(error)}`);
  }
};

/** Words as xargs(1) reads them: blanks separate, quotes and backslashes keep them together. */
function words(text: string): string[] {
  const found = text.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
  return found.map((word) => word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_all, a, b, c) => a ?? b ?? c));
}

const xargs: Body = async (args, io) => {
  const { given, rest } = parseOptions(
    args,
    ['n', 'max-args', 'I', 'd', 'delimiter', 'P', 'max-procs', 'L', 's'],
    true,
  );
  const text = stdin(io).toString('utf8');
  const mark = given.get('I');
  const delimiter = given.has('0') || given.has('null') ? '\0' : (given.get('d') ?? given.get('delimiter'));
  const split = delimiter === undefined && mark !== undefined ? '\n' : delimiter?.replace('\\n', '\n');
  const items = split === undefined ? words(text) : text.split(split).filter(Boolean);
  const size = mark === undefined ? Number(given.get('n') ?? given.get('max-args') ?? items.length) || 1 : 1;
  const argv = rest.length === 0 ? ['echo'] : rest;
  const calls: string[][] = [];
  for (let at = 0; at < items.length; at += size) {
    const batch = items.slice(at, at + size);
    calls.push(mark === undefined ? [...argv, ...batch] : argv.map((word) => word.replaceAll(mark, batch[0] ?? '')));
  }
  const skipsEmpty = given.has('r') || given.has('no-run-if-empty') || mark !== undefined;
  if (calls.length === 0 && !skipsEmpty) calls.push([...argv]);
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const call of calls) {
    const result = await io.context.exec?.(call.map(quote).join(' '), { cwd: io.context.cwd });
    if (result === undefined) break;
    stdout += result.stdoutKind === 'bytes' ? Buffer.from(result.stdout, 'latin1').toString('utf8') : result.stdout;
    stderr += result.stderr;
    if (result.exitCode !== 0) exitCode = result.exitCode === 127 ? 127 : 123;
  }
  return { stdout, stderr, exitCode };
};

export const textCommands: Commands = { tail, xargs };
