const TOKEN = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[A-Za-z_]\w*|\d[\d.]*|\s+|[\s\S]/g;
const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Python's ways that maps use and the engine has not, put in its own words on the same line: `'%02d' % n`,
 * `'{:02d}'.format(n)` and `mapping.get(key, default)`.
 */
export function inEngineWords(inside: string): string {
  if (!/["']\s*%|["']\s*\.\s*format\b|\.\s*get\s*\(/.test(inside)) return inside;
  const tokens = tokensOf(inside);
  const output: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    const next = skipSpace(tokens, at + 1);
    if (/^["']/.test(token) && tokens[next] === '%') {
      const start = skipSpace(tokens, next + 1);
      const end = endOfOperand(tokens, start);
      output.push(token, `|format(${operands(inEngineWords(tokens.slice(start, end).join('')))})`);
      at = end - 1;
    } else if (/^["']/.test(token) && tokens[next] === '.' && tokens[next + 1] === 'format') {
      output.push(token, '|brace_format');
      at = next + 1;
    } else if (token === '.' && tokens[at + 1] === 'get' && hasTwo(tokens, at + 2)) {
      output.push('|get_or');
      at += 1;
    } else output.push(token);
  }
  return output.join('');
}

export function tokensOf(expression: string): string[] {
  return expression.match(TOKEN) ?? [];
}

/** `(a, b)` are two operands, `(a)` and anything else is one. */
function operands(written: string): string {
  const tokens = tokensOf(written);
  const isTuple = tokens[0] === '(' && endOfGroup(tokens, 0) === tokens.length;
  return isTuple ? written.slice(1, -1) : written;
}

/** An operand binds tighter than `%`: a value with all that is called on it, and its filters. */
function endOfOperand(tokens: readonly string[], from: number): number {
  let at = from;
  if (tokens[at] === '-') at = skipSpace(tokens, at + 1);
  at = endOfGroup(tokens, at);
  for (;;) {
    const next = skipSpace(tokens, at);
    const token = tokens[next] ?? '';
    if (token === '(' || token === '[') at = endOfGroup(tokens, next);
    else if (token === '.' || token === '|') at = skipSpace(tokens, next + 1) + 1;
    else return at;
  }
}

/** Behind the bracket that closes the one at `from`; behind the token there when it is none. */
export function endOfGroup(tokens: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (OPENING.includes(token)) depth += 1;
    else if (CLOSING.includes(token)) depth -= 1;
    if (depth <= 0) return at + 1;
  }
  return tokens.length;
}

/** Whether the brackets at `from` hold more than one argument. */
function hasTwo(tokens: readonly string[], from: number): boolean {
  const start = skipSpace(tokens, from);
  if (tokens[start] !== '(') return false;
  const end = endOfGroup(tokens, start);
  for (let at = start + 1; at < end - 1; at = endOfGroup(tokens, at)) if (tokens[at] === ',') return true;
  return false;
}

export function skipSpace(tokens: readonly string[], from: number): number {
  let at = from;
  while (/^\s/.test(tokens[at] ?? '')) at += 1;
  return at;
}
