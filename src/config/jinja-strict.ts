import { endOfGroup, skipSpace, tokensOf } from './jinja-python.ts';

const WORDS = new Set(
  'true false none True False None not and or in is if else recursive ignore missing with without context as'.split(
    ' ',
  ),
);
/** Stands behind a name that is not defined: the engine always refuses an attribute of nothing. */
export const NOTHING = '.undefined_';

/**
 * The engine lets a name that is not defined pass in comparisons, `~` and filters, where Salt's Jinja refuses it: a misspelt
 * `{% if evn == 'prod' %}` would quietly take the other branch. Each name becomes an expression that fails where it is used.
 */
export function strictly(expression: string): string {
  const tokens = tokensOf(expression);
  const output: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = isName(tokens, at) ? endOfChain(tokens, at) : at + 1;
    const chain = tokens.slice(at, end).join('');
    output.push(end > at + 1 || isName(tokens, at) ? guarded(chain, tokens, end) : chain);
    at = end;
  }
  return output.join('');
}

/** What follows `in`, `=` or the tag's name; other tags keep their words. */
export function strictStatement(inside: string): string {
  const [, head, rest] =
    /^(\s*(?:if|elif|do|with)\b|\s*for\s[\w\s,()]*?\sin\b|\s*set\s+[\w.]+\s*=(?!=))([\s\S]*)$/.exec(inside) ?? [];
  return head === undefined || rest === undefined ? inside : head + strictly(rest);
}

function guarded(chain: string, tokens: readonly string[], end: number): string {
  const [first = '', ...inner] = tokensOf(chain);
  const strict = first + strictGroups(inner);
  const follows = tokens.slice(end).join('');
  const mayBeNothing = /^\s*(?:\||is\s+not\s|is\s)\s*(?:default|d|defined|undefined)\b/.test(follows);
  if (mayBeNothing || /^\s*(?:\(|=(?!=))/.test(follows) || chain.includes('\n')) return strict;
  return `(${strict} if ${strict} is defined else ${strict}${NOTHING})`;
}

/** Names within brackets are names of their own. */
function strictGroups(tokens: readonly string[]): string {
  const output: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = tokens[at] === '[' ? endOfGroup(tokens, at) : at + 1;
    const part = tokens.slice(at, end).join('');
    output.push(end > at + 1 ? `[${strictly(part.slice(1, -1))}]` : part);
    at = end;
  }
  return output.join('');
}

function isName(tokens: readonly string[], at: number): boolean {
  const token = tokens[at] ?? '';
  if (!/^[A-Za-z_]/.test(token) || WORDS.has(token)) return false;
  const before = tokens.slice(0, at).filter((it) => !/^\s/.test(it));
  const [last, earlier] = [before.at(-1), before.at(-2)];
  return last !== '.' && last !== '|' && last !== 'is' && !(last === 'not' && earlier === 'is');
}

function endOfChain(tokens: readonly string[], from: number): number {
  let at = from + 1;
  for (;;) {
    const next = skipSpace(tokens, at);
    if (tokens[next] === '.' && /^\w/.test(tokens[next + 1] ?? '')) at = next + 2;
    else if (tokens[next] === '[') at = endOfGroup(tokens, next);
    else return at;
  }
}
